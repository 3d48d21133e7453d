import type { Sql } from 'postgres'
import { copyLine, copyLines } from '../database/copy.ts'
import { boundedText } from './bounded-text.ts'

export const DELIVERY_STATES = ['delivered', 'retrying', 'given-up', 'paused'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export const DELIVERY_PURPOSES = ['event', 'test', 'redelivery', 'replay'] as const
export type DeliveryPurpose = (typeof DELIVERY_PURPOSES)[number]

/** One try of a delivery, as it is recorded. */
export interface DeliveryAttempt {
  /** The same for every try. */
  readonly deliveryId: string
  readonly webhookId: string
  readonly eventId: string
  readonly eventType: string
  readonly subject: string | undefined
  /** Of the event. */
  readonly position: string
  readonly purpose: DeliveryPurpose
  /** From 1. */
  readonly attempt: number
  /** When it began: milliseconds since the epoch. */
  readonly at: number
  readonly durationMs: number
  readonly state: DeliveryState
  /** As it was sent, the values of secret headers masked by whoever records it. */
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body: string }
  readonly response?:
    | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: Uint8Array }
    | undefined
  /** Why there is no answer, or what is wrong with it. */
  readonly error?: string | undefined
}

/** Bytes of bodies that are kept, and of the headers of an answer. */
const REQUEST_BYTES = 16_384
const RESPONSE_BYTES = 4096
const HEADER_BYTES = 4096

/** Headers as JSON; of too many the first ones. */
const headersText = (headers: Readonly<Record<string, string>>): string => {
  const text = JSON.stringify(headers)
  // a character has at most three bytes, and what has to be replaced is escaped in JSON
  return text.length * 3 <= HEADER_BYTES && !text.includes('\\u') ? text : firstHeadersText(headers)
}

const firstHeadersText = (headers: Readonly<Record<string, string>>): string => {
  const kept: [string, string][] = []
  let left = HEADER_BYTES
  for (const [name, value] of Object.entries(headers)) {
    const { text } = boundedText(value, Math.max(0, left - name.length))
    left -= name.length + Buffer.byteLength(text)
    if (left <= 0) break
    kept.push([name, text])
  }
  return JSON.stringify(Object.fromEntries(kept))
}

const COLUMNS = [
  'delivery_id',
  'webhook_id',
  'event_id',
  'event_type',
  'subject',
  'position',
  'purpose',
  'attempt',
  'at',
  'duration_ms',
  'status',
  'error',
  'state',
  'request_headers',
  'request_body',
  'request_truncated',
  'response_headers',
  'response_body',
  'response_truncated',
]

/** The attempt as its row: little of it has to be kept until that is written. */
export const lineOf = (attempt: DeliveryAttempt): string => {
  const { request, response } = attempt
  const sent = boundedText(request.body, REQUEST_BYTES)
  const answered = response === undefined ? undefined : boundedText(response.body, RESPONSE_BYTES)
  return copyLine([
    attempt.deliveryId,
    attempt.webhookId,
    attempt.eventId,
    attempt.eventType,
    attempt.subject === undefined ? null : boundedText(attempt.subject, 1024).text,
    attempt.position,
    attempt.purpose,
    attempt.attempt,
    new Date(attempt.at).toISOString(),
    Math.round(attempt.durationMs),
    response?.status ?? null,
    attempt.error === undefined ? null : boundedText(attempt.error, 1024).text,
    attempt.state,
    headersText(request.headers),
    sent.text,
    sent.truncated,
    response === undefined ? null : headersText(response.headers),
    answered?.text ?? null,
    answered?.truncated ?? false,
  ])
}

/** Writes rows in one statement. */
export const writeLines = async (sql: Sql, lines: readonly string[]): Promise<void> => {
  await sql.begin((tx) => copyLines(tx, 'webhook_deliveries', COLUMNS, lines))
}
