import type { Sql } from 'postgres'
import type { Scope } from '../../domain/access/scope.ts'
import { withinReach, type Reach } from '../within-reach.ts'
import type { WebhookColumns } from './columns.ts'

/** A webhook that was not deleted, but for its address, header values and secrets, which the vault has. */
export interface WebhookRow {
  readonly webhookId: string
  readonly name: string
  readonly scope: Scope
  /** Undefined: of the system. */
  readonly project: string | undefined
  readonly repository: string | undefined
  readonly origin: string
  /** Undefined: all types. */
  readonly events: readonly string[] | undefined
  readonly headerNames: readonly string[]
  /** What its managers want; it delivers when it is not paused too. */
  readonly active: boolean
  /** Undefined: it is not paused. */
  readonly paused: WebhookPause | undefined
  readonly creatorId: string
  readonly createdAt: string
  readonly updatedAt: string
}

export interface WebhookPause {
  readonly reason: string
  /** RFC 3339, as `at`. */
  readonly failingSince: string
  readonly at: string
}

const webhookOf = (row: WebhookColumns): WebhookRow => ({
  webhookId: row.webhook_id,
  name: row.name,
  scope: row.scope,
  project: row.project ?? undefined,
  repository: row.repository ?? undefined,
  origin: row.origin,
  events: row.events === null ? undefined : (JSON.parse(row.events) as string[]),
  headerNames: JSON.parse(row.header_names) as string[],
  active: row.active,
  paused:
    row.paused_reason === null || row.failing_since === null || row.paused_at === null
      ? undefined
      : { reason: row.paused_reason, failingSince: row.failing_since, at: row.paused_at },
  creatorId: row.creator_id,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

const columns = (sql: Sql) => sql`
  webhook_id, name, scope, project, repository, origin, events, header_names, active, paused_reason, failing_since,
  paused_at, creator_id, created_at, updated_at`

export const findWebhook = async (sql: Sql, webhookId: string): Promise<WebhookRow | undefined> => {
  const [row] = await sql<WebhookColumns[]>`
    select ${columns(sql)} from webhooks where webhook_id = ${webhookId} and valid_to is null`
  return row === undefined ? undefined : webhookOf(row)
}

/** Webhooks after the cursor (exclusive), oldest first: of a repository, of a project and its repositories, or of all. */
export const listWebhooks = async (
  sql: Sql,
  {
    project,
    repository,
    reaches,
    after,
    limit,
  }: {
    readonly project?: string | undefined
    readonly repository?: string | undefined
    readonly reaches: readonly Reach[]
    readonly after?: readonly [createdAt: string, webhookId: string] | undefined
    readonly limit: number
  },
): Promise<readonly WebhookRow[]> => {
  const rows = await sql<WebhookColumns[]>`
    select ${columns(sql)} from webhooks p
    where valid_to is null and ${withinReach(sql, reaches, 'p.')}
      ${project === undefined ? sql`` : sql`and project = ${project}`}
      ${repository === undefined ? sql`` : sql`and repository = ${repository}`}
      ${after === undefined ? sql`` : sql`and (created_at, webhook_id) > (${after[0]}, ${after[1]})`}
    order by created_at, webhook_id limit ${limit}`
  return rows.map(webhookOf)
}

/** Every webhook that delivers: active and not paused, oldest first. */
export const activeWebhooks = async (sql: Sql): Promise<readonly WebhookRow[]> => {
  const rows = await sql<WebhookColumns[]>`
    select ${columns(sql)} from webhooks
    where valid_to is null and active and paused_reason is null order by created_at, webhook_id`
  return rows.map(webhookOf)
}
