/**
 * A process that uses a store and closes it: `node eventstoredb-visit.ts <where as JSON>`. It must then end by itself. It
 * prints the milliseconds that closing took.
 */
import { NO_STREAM, START } from '../../platform/event-store/event-store.ts'
import { newEvents, newStream } from '../contracts/event-store-samples.ts'
import { openInChild } from './eventstoredb-child.ts'

const store = await openInChild(process.argv[2] ?? '')
await store.append(newStream(), newEvents(500), NO_STREAM)
const batches = store
  .subscribeAll(START, { signal: new AbortController().signal, batchSize: 10 })
  [Symbol.asyncIterator]()
await batches.next()
await store.readAll(START, 3)
const appending = store.append(newStream(), newEvents(1), NO_STREAM)
const start = performance.now()
await Promise.all([appending, store.close()])
process.stdout.write(String(performance.now() - start))
