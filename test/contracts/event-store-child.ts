/**
 * A writer process of the contract suite: `node event-store-child.ts <module> <argument> <plan>`. It appends single events
 * to streams of its own and, wherever it then is, to streams that it shares with other writers; 8 appends in flight.
 */
import { type EventStore, NO_STREAM } from '../../platform/event-store/event-store.ts'
import { isVersionConflict } from '../../platform/platform-error.ts'
import { appendForSure, inFlight, newEvent, newStream } from './event-store-samples.ts'

export interface WriterPlan {
  readonly own: number
  readonly shared: number
  readonly streams: readonly string[]
}

interface ChildModule {
  openInChild(argument: string): Promise<EventStore>
}

const appendAnywhere = async (store: EventStore, stream: string): Promise<void> => {
  const event = newEvent({ type: 'SharedHappened' })
  for (;;) {
    const read = await store.readStream(stream)
    try {
      await appendForSure(store, stream, [event], read.length - 1)
      return
    } catch (error) {
      if (!isVersionConflict(error)) throw error
    }
  }
}

const [module = '', argument = '', json = ''] = process.argv.slice(2)
const { own, shared, streams } = JSON.parse(json) as WriterPlan
const store = await ((await import(module)) as ChildModule).openInChild(argument)
await inFlight(8, [
  ...Array.from({ length: own }, () => () => appendForSure(store, newStream('own'), [newEvent()], NO_STREAM)),
  ...Array.from({ length: shared }, (_, index) => () => appendAnywhere(store, streams[index % streams.length] ?? '')),
])
await store.close()
process.exit(0)
