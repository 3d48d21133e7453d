import type { Sql } from 'postgres'
import type { DeliveryPurpose, DeliveryState } from './delivery-rows.ts'

/** A recorded attempt; bodies and headers are cut off at a bound. */
export interface ListedAttempt {
  /** Grows with time. */
  readonly attemptId: bigint
  readonly deliveryId: string
  readonly webhookId: string
  readonly eventId: string
  readonly eventType: string
  readonly subject: string | null
  readonly position: string
  readonly purpose: DeliveryPurpose
  readonly attempt: number
  /** RFC 3339. */
  readonly at: string
  readonly durationMs: number
  readonly status: number | null
  readonly error: string | null
  readonly state: DeliveryState
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: string
  readonly requestTruncated: boolean
  /** Null: there was no answer. */
  readonly responseHeaders: Readonly<Record<string, string>> | null
  readonly responseBody: string | null
  readonly responseTruncated: boolean
}

interface Row extends Omit<ListedAttempt, 'attemptId' | 'at' | 'requestHeaders' | 'responseHeaders'> {
  readonly attemptId: string
  readonly at: Date
  readonly requestHeaders: string
  readonly responseHeaders: string | null
}

const headersOf = (text: string): Readonly<Record<string, string>> => JSON.parse(text) as Record<string, string>

export const attemptsOf = async (
  sql: Sql,
  webhookId: string,
  { before, limit }: { readonly before: bigint | undefined; readonly limit: number },
): Promise<readonly ListedAttempt[]> => {
  const rows = await sql<Row[]>`
    select attempt_id::text as "attemptId", delivery_id as "deliveryId", webhook_id as "webhookId", event_id as "eventId",
      event_type as "eventType", subject, position, purpose, attempt, at, duration_ms as "durationMs", status, error, state,
      request_headers as "requestHeaders", request_body as "requestBody", request_truncated as "requestTruncated",
      response_headers as "responseHeaders", response_body as "responseBody", response_truncated as "responseTruncated"
    from webhook_deliveries
    where webhook_id = ${webhookId} ${before === undefined ? sql`` : sql`and attempt_id < ${String(before)}::bigint`}
    order by attempt_id desc limit ${limit}`
  return rows.map((row) => ({
    ...row,
    attemptId: BigInt(row.attemptId),
    at: new Date(row.at).toISOString(),
    requestHeaders: headersOf(row.requestHeaders),
    responseHeaders: row.responseHeaders === null ? null : headersOf(row.responseHeaders),
  }))
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const positionOf = async (sql: Sql, webhookId: string, deliveryId: string): Promise<string | undefined> => {
  if (!UUID.test(deliveryId)) return undefined
  const [row] = await sql<{ position: string }[]>`
    select position from webhook_deliveries where delivery_id = ${deliveryId} and webhook_id = ${webhookId} limit 1`
  return row?.position
}

export const failingOf = async (
  sql: Sql,
  { webhookId, deliveryId, now }: { readonly webhookId: string; readonly deliveryId: string; readonly now: number },
): Promise<{ readonly since: number; readonly othersTaken: boolean }> => {
  const [row] = await sql<{ since: string | null; taken: string | null }[]>`
    select
      extract(epoch from (
        select min(at) from webhook_deliveries where delivery_id = ${deliveryId} and at > coalesce(
          (select max(at) from webhook_deliveries where webhook_id = ${webhookId} and state = 'paused'), '-infinity')
      ))::text as since,
      extract(epoch from (
        select max(at) from webhook_deliveries where webhook_id = ${webhookId} and state = 'delivered'
      ))::text as taken`
  const millisecondsOf = (seconds: string | null | undefined): number | undefined =>
    seconds === null || seconds === undefined ? undefined : Math.round(Number(seconds) * 1000)
  const since = Math.min(millisecondsOf(row?.since) ?? now, now)
  const taken = millisecondsOf(row?.taken)
  return { since, othersTaken: taken !== undefined && taken >= since }
}

/** Rows that one statement removes, so that it does not hold up others for long. */
const REMOVED_AT_ONCE = 5000

export const forgetBefore = async (sql: Sql, instant: number): Promise<number> => {
  let forgotten = 0
  for (;;) {
    const { count } = await sql`
      delete from webhook_deliveries where ctid = any(array(
        select ctid from webhook_deliveries where at < ${new Date(instant).toISOString()}::timestamptz
        limit ${REMOVED_AT_ONCE}))`
    forgotten += count
    if (count < REMOVED_AT_ONCE) return forgotten
  }
}
