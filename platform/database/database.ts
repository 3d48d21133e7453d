import type driver from 'postgres'
import { PlatformError } from '../platform-error.ts'
import type { DatabaseLog } from './database-log.ts'
import { readDatabaseUrl } from './database-url.ts'
import { postgres } from './driver.ts'
import type { EmbeddedConnection } from './embedded-postgres.ts'

export type Sql = driver.Sql

/** The pools on one database, so that slow work never stands in the way of quick work. */
export interface Database {
  /** Appends to the event store: few connections, short statements. */
  readonly appends: Sql
  /** Everything that a caller waits for. */
  readonly interactive: Sql
  /** Exports, cursors, COPY, rebuilds. */
  readonly long: Sql
  /** The projector alone: statements of one transaction are sent without waiting for each other's answers. */
  readonly projector: Sql
  /** Closes all pools; running statements get 2 s to finish. */
  close(): Promise<void>
}

interface Pool {
  readonly connections: number
  readonly statementMs: number
  readonly lockMs: number
  readonly idleTransactionMs: number
  /** Statements under way on one connection. The driver's default queues quick queries behind slow ones; 0 breaks `begin`. */
  readonly pipelined: number
}

const POOLS = {
  appends: { connections: 3, statementMs: 10_000, lockMs: 5_000, idleTransactionMs: 10_000, pipelined: 1 },
  interactive: { connections: 8, statementMs: 10_000, lockMs: 5_000, idleTransactionMs: 10_000, pipelined: 1 },
  // A cursor's transaction idles while the client of an export reads slowly.
  long: { connections: 4, statementMs: 4 * 3_600_000, lockMs: 30_000, idleTransactionMs: 300_000, pipelined: 1 },
  projector: { connections: 2, statementMs: 60_000, lockMs: 30_000, idleTransactionMs: 60_000, pipelined: 32 },
} as const satisfies Record<string, Pool>

/**
 * The projector finds every row by its key. Plans that read whole tables are the cheapest while tables are new, and are kept
 * when they have grown, until somebody analyses them.
 */
const BY_INDEX = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off' } as const

const CLOSE_SECONDS = 2
const OLDEST_SERVER = 150_000

/**
 * Opens the pools on an embedded server or on the one that a `postgres://` URL names, and warms every connection. Throws
 * `unavailable`, in one sentence without the password, when the server cannot be reached or is not fit.
 */
export const openDatabase = async (
  target: EmbeddedConnection | string,
  { log }: { log: DatabaseLog },
): Promise<Database> => {
  const pools = {
    appends: openPool(target, 'appends', log),
    interactive: openPool(target, 'interactive', log),
    long: openPool(target, 'long', log),
    projector: openPool(target, 'projector', log),
  }
  const close = async (): Promise<void> => {
    await Promise.all(Object.values(pools).map((sql) => sql.end({ timeout: CLOSE_SECONDS })))
  }
  try {
    await checkServer(pools.interactive)
    await Promise.all([
      warm(pools.appends, 'appends'),
      warm(pools.interactive, 'interactive'),
      warm(pools.long, 'long'),
      warm(pools.projector, 'projector'),
    ])
  } catch (error) {
    await close()
    throw describe(error, target)
  }
  return { ...pools, close }
}

const openPool = (target: EmbeddedConnection | string, name: keyof typeof POOLS, log: DatabaseLog): Sql => {
  const pool = POOLS[name]
  const options: driver.Options<Record<string, never>> & { max_pipeline: number } = {
    max: pool.connections,
    max_pipeline: pool.pipelined,
    connect_timeout: 10,
    // Seconds. The driver's default grows to 20, which a server that came back would have to wait for.
    backoff: (failures) => Math.min(3 ** failures / 100, 1),
    onnotice: (notice) => log.debug({ pool: name, code: notice['code'] }, notice['message'] ?? 'notice'),
    connection: {
      application_name: `waybill-${name}`,
      statement_timeout: pool.statementMs,
      lock_timeout: pool.lockMs,
      idle_in_transaction_session_timeout: pool.idleTransactionMs,
      ...(name === 'projector' ? BY_INDEX : {}),
    },
  }
  if (typeof target !== 'string') return postgres({ ...options, ...target })
  const { url, overrides } = readDatabaseUrl(target)
  return postgres(url, { ...options, ...overrides })
}

/** Opens every connection of a pool: queries that are sent in the same moment go to as many connections. */
const warm = async (sql: Sql, name: keyof typeof POOLS): Promise<void> => {
  await Promise.all(Array.from({ length: POOLS[name].connections }, () => sql`select 1`))
}

const checkServer = async (sql: Sql): Promise<void> => {
  const [row] = await sql<{ version: number; encoding: string }[]>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`
  if (row === undefined || row.version < OLDEST_SERVER) {
    throw new PlatformError('unavailable', 'the database server is older than Postgres 15')
  }
  if (row.encoding !== 'UTF8') {
    throw new PlatformError('unavailable', `the database's encoding is ${row.encoding}, Waybill needs UTF8`)
  }
}

const describe = (error: unknown, target: EmbeddedConnection | string): Error => {
  if (error instanceof PlatformError) return error
  const reason = error instanceof Error ? error.message || (error as NodeJS.ErrnoException).code : String(error)
  return new PlatformError('unavailable', `the database at ${placeOf(target)} cannot be used: ${reason}`, {
    cause: error,
  })
}

/** The server without user and password. */
const placeOf = (target: EmbeddedConnection | string): string =>
  typeof target === 'string' ? (URL.parse(target)?.host ?? 'WAYBILL_DATABASE') : target.host
