import type { Sql } from 'postgres'
import type { Position } from '../../platform/event-store/event-store.ts'
import { matchesAll } from '../within-reach.ts'

/** An event as the audit trail shows it. */
export interface AuditRow {
  readonly position: Position
  readonly eventId: string
  readonly stream: string
  readonly revision: number
  readonly type: string
  /** RFC 3339. */
  readonly at: string
  readonly actorKind: string
  /** Account id, or the part of Waybill that acted. */
  readonly actorId: string
  readonly actorVia: string
  readonly correlationId: string
  readonly causationId: string
  readonly project: string | null
  readonly repository: string | null
  /** The thing it is about, in the words its users know it by. */
  readonly subject: string | null
  readonly data: unknown
}

/** Every field that is given must hold. */
export interface AuditFilter {
  readonly project?: string | undefined
  readonly repository?: string | undefined
  readonly actorId?: string | undefined
  /** Names of event types; `*` stands for any run of characters. */
  readonly types?: readonly string[] | undefined
  readonly stream?: string | undefined
  readonly correlationId?: string | undefined
  /** Instant, inclusive, as `2026-03-01T12:00:00.000Z`. */
  readonly since?: string | undefined
  /** Instant, exclusive. */
  readonly until?: string | undefined
}

type Stored = Omit<AuditRow, 'revision' | 'data'> & { readonly revision: string; readonly data: string }

const condition = (sql: Sql, filter: AuditFilter) => {
  const { project, repository, actorId, types, stream, correlationId, since, until } = filter
  return [
    project === undefined ? undefined : sql`project = ${project}`,
    repository === undefined ? undefined : sql`repository = ${repository}`,
    actorId === undefined ? undefined : sql`actor_id = ${actorId}`,
    types === undefined
      ? undefined
      : types.some((type) => type.includes('*'))
        ? matchesAll(sql, 'type', [types])
        : sql`type = any(${types as string[]})`,
    stream === undefined ? undefined : sql`stream = ${stream}`,
    correlationId === undefined ? undefined : sql`correlation_id = ${correlationId}`,
    since === undefined ? undefined : sql`at >= ${since}`,
    until === undefined ? undefined : sql`at < ${until}`,
  ]
    .filter((part) => part !== undefined)
    .reduce((all, part) => sql`${all} and ${part}`, sql`true`)
}

/** Events in log order, or with `newestFirst` against it, beyond the cursor (exclusive). */
export const listAudit = async (
  sql: Sql,
  filter: AuditFilter,
  {
    after,
    newestFirst,
    limit,
  }: { readonly after?: Position | undefined; readonly newestFirst: boolean; readonly limit: number },
): Promise<readonly AuditRow[]> => {
  const beyond = newestFirst ? sql`<` : sql`>`
  const rows = await sql<Stored[]>`
    select position, event_id as "eventId", stream, revision, type, at, actor_kind as "actorKind", actor_id as "actorId",
      actor_via as "actorVia", correlation_id as "correlationId", causation_id as "causationId", project, repository,
      subject, data
    from audit
    where ${condition(sql, filter)} ${after === undefined ? sql`` : sql`and position ${beyond} ${after}`}
    order by position ${newestFirst ? sql`desc` : sql`asc`} limit ${limit}`
  return rows.map((row) => ({ ...row, revision: Number(row.revision), data: JSON.parse(row.data) as unknown }))
}
