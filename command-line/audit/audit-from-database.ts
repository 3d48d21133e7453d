import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../platform/clock.ts'
import { openPostgresVault } from '../../platform/vault/postgres-vault.ts'
import type { Vault } from '../../platform/vault/vault.ts'
import { listAudit, type AuditRow } from '../../projections/audit/queries.ts'
import { listBuilds } from '../../projections/builds.ts'
import type { Engines } from '../../engines.ts'
import { Failure } from '../failure.ts'
import type { AuditEntry, AuditSource } from './audit-source.ts'

const PAGE = 500
/** A running projector is at the head within this; without one the model stays where it is. */
const CATCH_UP_MILLISECONDS = 3000

const behind = (why: string): Failure =>
  new Failure('unavailable', `${why}: start Waybill, or run waybill rebuild audit, and try again`)

/** An audit trail that ends before the log does would be wrong in silence. */
const requireCurrent = async ({ database, store }: Engines): Promise<void> => {
  const head = await store.head()
  const deadline = performance.now() + CATCH_UP_MILLISECONDS
  for (;;) {
    const live = (await listBuilds(database.interactive)).find((build) => build.name === 'audit' && build.live)
    if (live === undefined) throw behind('the audit trail was not built yet')
    if (live.error !== null) throw behind(`the audit trail is halted (${live.error})`)
    if (live.checkpoint >= head) return
    if (performance.now() > deadline) throw behind('the audit trail has not caught up with the log')
    await wait(20)
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** As a server takes it: ids first, because somebody could choose another's id as their login. */
const actorIdOf = async ({ accounts }: Vault, loginOrId: string): Promise<string> => {
  if (UUID.test(loginOrId) && (await accounts.byId(loginOrId)) !== undefined) return loginOrId
  return (await accounts.byLogin(loginOrId))?.accountId ?? loginOrId
}

const entryOf = (row: AuditRow, logins: ReadonlyMap<string, string>): AuditEntry => ({
  position: row.position,
  at: row.at,
  type: row.type,
  project: row.project,
  repository: row.repository,
  subject: row.subject,
  actor: { kind: row.actorKind, id: row.actorId, login: logins.get(row.actorId) ?? null, via: row.actorVia },
  stream: row.stream,
  revision: row.revision,
  eventId: row.eventId,
  correlationId: row.correlationId,
  causationId: row.causationId,
  data: row.data,
})

/**
 * The audit trail from the read model, for whoever has the data itself.
 * @throws {Failure} `unavailable`: the read model is behind the log
 */
export const auditFromDatabase = async (engines: Engines): Promise<AuditSource> => {
  const sql = engines.database.interactive
  const vault = openPostgresVault({ sql, clock: systemClock })
  await requireCurrent(engines)
  return {
    async *pages({ actor, correlation, ...filter }, { newestFirst, after, most = Infinity }) {
      const actorId = actor === undefined ? undefined : await actorIdOf(vault, actor)
      let left = most
      let cursor = after
      while (left > 0) {
        const limit = Math.min(left, PAGE)
        const rows = await listAudit(
          sql,
          { ...filter, actorId, correlationId: correlation },
          { after: cursor, newestFirst, limit },
        )
        const logins = await vault.accounts.logins([...new Set(rows.map((row) => row.actorId))])
        yield rows.map((row) => entryOf(row, logins))
        if (rows.length < limit) return
        left -= rows.length
        cursor = rows.at(-1)?.position
      }
    },
    head: () => engines.store.head(),
    close: () => engines.close(),
  }
}
