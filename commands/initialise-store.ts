import { schemaVersionOf } from '../domain/event-catalogue.ts'
import { STORE_STREAM, type StoreEvent } from '../domain/store.ts'
import type { EventMetadata } from '../domain/metadata.ts'
import { instantOf, type Clock } from '../platform/clock.ts'
import { NO_STREAM, type EventStore } from '../platform/event-store/event-store.ts'
import { newId } from '../platform/ids.ts'
import { isVersionConflict } from '../platform/platform-error.ts'

const readStoreId = async (store: EventStore): Promise<string | undefined> => {
  const [first] = await store.readStream(STORE_STREAM)
  return first === undefined ? undefined : (first.data as StoreEvent['data']).storeId
}

/** The id of the store, given to it by its first event; of processes that start together one gives it. */
export const initialiseStore = async (store: EventStore, clock: Clock): Promise<string> => {
  const known = await readStoreId(store)
  if (known !== undefined) return known
  const [id, correlationId, storeId] = [newId(), newId(), newId()]
  const metadata: EventMetadata = {
    schemaVersion: schemaVersionOf('StoreInitialised'),
    actor: { kind: 'system', id: 'waybill', via: 'system' },
    at: instantOf(clock),
    correlationId,
    causationId: correlationId,
    commandId: correlationId,
  }
  try {
    await store.append(STORE_STREAM, [{ id, type: 'StoreInitialised', data: { storeId }, metadata }], NO_STREAM)
    return storeId
  } catch (error) {
    const winner = isVersionConflict(error) ? await readStoreId(store) : undefined
    if (winner === undefined) throw error
    return winner
  }
}
