import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { group, groupStream } from '../domain/access/group/group.ts'
import { openMemoryEventStore } from '../platform/event-store/memory.ts'
import type { EventStore, NewEvent } from '../platform/event-store/event-store.ts'
import { migrate } from '../platform/database/migrations.ts'
import { newId } from '../platform/ids.ts'
import { quietLog, testDatabase, type TestDatabase } from '../test/postgres.ts'
import { FoldCache } from './fold-cache.ts'
import {
  foldSnapshotMigrations,
  openFoldSnapshots,
  SNAPSHOT_AFTER_EVENTS,
  type FoldSnapshots,
} from './fold-snapshots.ts'

const stream = groupStream('crowd')
const MEMBERS = SNAPSHOT_AFTER_EVENTS + 100

let database: TestDatabase

const open = (version = '1.0.0', storeId = 'store'): Promise<FoldSnapshots> =>
  openFoldSnapshots({ sql: database.database.interactive, storeId, version, log: quietLog })

const event = (type: string, data: object, index: number): NewEvent => ({
  id: newId(),
  type,
  data,
  metadata: { schemaVersion: 1, commandId: `command ${index}` },
})

/** A store with a group of many members, which says how far back it was read. */
const crowdedStore = async (): Promise<{ store: EventStore; readFrom: number[] }> => {
  const store = openMemoryEventStore()
  await store.append(stream, [event('GroupCreated', { group: 'crowd' }, 0)], -1)
  for (let member = 0; member < MEMBERS; member += 1)
    await store.append(
      stream,
      [event('GroupMemberAdded', { group: 'crowd', accountId: `a${member}` }, member + 1)],
      member,
    )
  const readFrom: number[] = []
  const readStream: EventStore['readStream'] = (name, from = 0) => {
    readFrom.push(from)
    return store.readStream(name, from)
  }
  return { store: { ...store, readStream }, readFrom }
}

beforeAll(async () => {
  database = await testDatabase()
  await migrate(database.database.long, foldSnapshotMigrations)
})

beforeEach(() => database.database.interactive`delete from fold_snapshots`)

afterAll(() => database.drop())

it('spares reading a long stream again after a start, and leads to the same fold', async () => {
  const { store, readFrom } = await crowdedStore()
  const first = await open()
  const whole = await new FoldCache(store, { snapshots: first }).load(stream, group)
  await first.stop()
  expect(whole.state.members.size).toBe(MEMBERS)
  await store.append(stream, [event('GroupMemberAdded', { group: 'crowd', accountId: 'late' }, MEMBERS + 1)], MEMBERS)

  const second = await open()
  const again = await new FoldCache(store, { snapshots: second }).load(stream, group)
  expect(readFrom).toEqual([0, MEMBERS + 1])
  expect(again).toEqual(await new FoldCache(store).load(stream, group))
  await second.stop()
})

it.each([
  ['another version', '1.0.1', 'store'],
  ['another store', '1.0.0', 'elsewhere'],
])('is not taken from %s', async (_, version, storeId) => {
  const { store, readFrom } = await crowdedStore()
  const first = await open()
  await new FoldCache(store, { snapshots: first }).load(stream, group)
  await first.stop()
  const other = await open(version, storeId)
  await new FoldCache(store, { snapshots: other }).load(stream, group)
  expect(readFrom).toEqual([0, 0])
  await other.stop()
})

it('is not made of a short stream', async () => {
  const store = openMemoryEventStore()
  const short = groupStream('few')
  await store.append(short, [event('GroupCreated', { group: 'few' }, 0)], -1)
  const snapshots = await open()
  await new FoldCache(store, { snapshots }).load(short, group)
  await snapshots.stop()
  expect(await snapshots.find(short)).toBeUndefined()
})
