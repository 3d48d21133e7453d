import type { Sql } from 'postgres'
import type { EventStore } from '../platform/event-store/event-store.ts'
import { PlatformError } from '../platform/platform-error.ts'
import { listBuilds } from './builds.ts'

const REBUILD = 'run `waybill rebuild --all` to build them from this log'

/**
 * Refuses read models that were built from another log, or from a later state of this one: every view would be wrong in
 * silence. An empty database takes the id of the store.
 * @throws {PlatformError} `unavailable`, naming the command to run
 */
export const checkStoreIdentity = async (sql: Sql, storeId: string, store: Pick<EventStore, 'head'>): Promise<void> => {
  await sql`insert into read_model_store (store_id) values (${storeId}) on conflict do nothing`
  const [row] = await sql<{ store_id: string }[]>`select store_id from read_model_store`
  if (row?.store_id !== storeId)
    throw new PlatformError(
      'unavailable',
      `The read models in this database were built from another event store; ${REBUILD}.`,
    )
  const builds = await listBuilds(sql)
  const head = await store.head() // after the checkpoints: other processes append and project meanwhile
  const ahead = builds.find(({ live, checkpoint }) => live && checkpoint > head)
  if (ahead !== undefined)
    throw new PlatformError(
      'unavailable',
      `The read model ${ahead.name} is ahead of the event store's last event; ${REBUILD}.`,
    )
}

/** Before a rebuild of everything: from here on the read models follow this store. */
export const adoptStore = async (sql: Sql, storeId: string): Promise<void> => {
  await sql`
    insert into read_model_store (store_id) values (${storeId})
    on conflict (singleton) do update set store_id = excluded.store_id`
}
