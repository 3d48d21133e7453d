import { eventStoreContract } from '../../../test/contracts/event-store.ts'
import { openTestEventStore } from '../../../test/event-store/postgres.ts'

eventStoreContract('Postgres', {
  open: openTestEventStore,
  childModule: new URL('../../../test/event-store/postgres-child.ts', import.meta.url),
})
