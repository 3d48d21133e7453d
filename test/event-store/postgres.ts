import type { Sql } from '../../platform/database/database.ts'
import { postgres } from '../../platform/database/driver.ts'
import { migrate } from '../../platform/database/migrations.ts'
import { eventStoreMigrations } from '../../platform/event-store/postgres/migrations.ts'
import {
  openPostgresEventStore,
  type PostgresEventStoreOptions,
} from '../../platform/event-store/postgres/postgres-event-store.ts'
import type { ServedEventStoreUnderTest } from '../contracts/event-store-under-test.ts'
import { quietLog, testDatabase } from '../postgres.ts'
import { openInChild } from './postgres-child.ts'

export interface PostgresEventStoreUnderTest extends ServedEventStoreUnderTest {
  /** A connection that interruptions leave alone. */
  readonly admin: Sql
}

/** An event store on an empty database of its own. */
export const openTestEventStore = async (
  options: Partial<Pick<PostgresEventStoreOptions, 'log' | 'appendTimeoutMs'>> = {},
): Promise<PostgresEventStoreUnderTest> => {
  const { connection, database, drop } = await testDatabase()
  await migrate(database.long, eventStoreMigrations)
  const admin = postgres({ ...connection, max: 1, onnotice: () => undefined })
  const counter = { rows: 0 }
  const store = openPostgresEventStore({
    appends: database.appends,
    reads: counted(database.interactive, counter),
    long: counted(database.long, counter),
    log: quietLog,
    ...options,
  })
  return {
    store,
    admin,
    childArgument: JSON.stringify(connection),
    fetched: () => counter.rows,
    interrupt: async () => {
      await admin`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`
    },
    reopen: () => openInChild(JSON.stringify(connection)),
    close: async () => {
      await store.close()
      await admin.end()
      await drop()
    },
  }
}

/** The pool, counting the rows that its queries for bare values answer. */
const counted = (sql: Sql, counter: { rows: number }): Sql =>
  new Proxy(sql, {
    apply(target, receiver, args) {
      const query = Reflect.apply(target, receiver, args) as { values?: () => PromiseLike<readonly unknown[]> }
      const { values } = query
      if (values === undefined) return query
      query.values = () => {
        const result = values.call(query)
        const count = (rows: readonly unknown[]) => (counter.rows += rows.length)
        void result.then(count, () => undefined) // whoever asked gets the error
        return result
      }
      return query
    },
  })
