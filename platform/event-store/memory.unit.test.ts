import { eventStoreContract } from '../../test/contracts/event-store.ts'
import { openMemoryEventStore } from './memory.ts'

eventStoreContract('memory', {
  open: () => {
    const store = openMemoryEventStore()
    return Promise.resolve({ store, close: () => store.close() })
  },
})
