import { Type } from 'typebox'
import { eventType, type EventOf } from './event-type.ts'
import { Closed } from './names.ts'
import { streamOfId } from './stream-names.ts'

export const StoreInitialised = eventType(
  'StoreInitialised',
  'The first event of the log: names the store, so that read models know which log they were built from.',
  Closed({ storeId: Type.String() }),
)

export type StoreEvent = EventOf<typeof StoreInitialised>

export const STORE_STREAM = streamOfId('store', 'main')
