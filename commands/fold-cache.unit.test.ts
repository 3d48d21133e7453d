import { expect, it } from 'vitest'
import { project, projectStream } from '../domain/registry/project/project.ts'
import { NO_STREAM, type EventStore } from '../platform/event-store/event-store.ts'
import { openMemoryEventStore } from '../platform/event-store/memory.ts'
import { startTail } from '../platform/event-store/tail.ts'
import { newId } from '../platform/ids.ts'
import { quietLog } from '../test/postgres.ts'
import { FoldCache } from './fold-cache.ts'

const stream = projectStream('lib')

const created = { type: 'ProjectCreated', data: { project: 'lib' }, metadata: { commandId: 'c', schemaVersion: 1 } }

const counting = (store: EventStore): { store: EventStore; reads: () => number } => {
  let reads = 0
  const readStream: EventStore['readStream'] = (...asked) => {
    reads += 1
    return store.readStream(...asked)
  }
  return { store: { ...store, readStream }, reads: () => reads }
}

it('reads a stream that is only looked at once, and again when somebody else changed it', async () => {
  const { store, reads } = counting(openMemoryEventStore())
  const tail = await startTail(store, { log: quietLog })
  const folds = new FoldCache(store, { tail })
  expect((await folds.recent(stream, project)).state).toEqual({ exists: false })
  expect((await folds.recent(stream, project)).state).toEqual({ exists: false })
  expect(reads()).toBe(1)
  const { position } = await store.append(stream, [{ id: newId(), ...created }], NO_STREAM)
  expect(await tail.reached(position, 2000)).toBe(true)
  expect(await folds.recent(stream, project)).toMatchObject({ state: { exists: true }, revision: 0, position })
  expect((await folds.recent(stream, project)).state).toEqual({ exists: true })
  expect(reads()).toBe(2)
  await tail.stop()
  await store.close()
})

it('asks the store each time where nothing tells of changes', async () => {
  const { store, reads } = counting(openMemoryEventStore())
  const folds = new FoldCache(store)
  await folds.recent(stream, project)
  await folds.recent(stream, project)
  expect(reads()).toBe(2)
  await store.close()
})
