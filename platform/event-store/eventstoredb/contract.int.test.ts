import { eventStoreContract } from '../../../test/contracts/event-store.ts'
import { openTestEventStoreDb } from '../../../test/event-store/eventstoredb.ts'

eventStoreContract('EventStoreDB', {
  open: openTestEventStoreDb,
  childModule: new URL('../../../test/event-store/eventstoredb-child.ts', import.meta.url),
})
