import { afterEach, beforeEach, expect, it } from 'vitest'
import { migrate } from '../platform/database/migrations.ts'
import type { Position } from '../platform/event-store/event-store.ts'
import { testDatabase, type TestDatabase } from '../test/postgres.ts'
import { buildMigrations } from './builds.ts'
import { checkStoreIdentity } from './store-identity.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await testDatabase()
  await migrate(database.database.long, buildMigrations)
})
afterEach(() => database.drop())

const at = (number: number): Position => String(number).padStart(20, '0')

const liveModelAt = async (checkpoint: Position): Promise<void> => {
  await database.database.long`
    insert into read_models (name, version, build, checkpoint, live) values ('files', 1, 1, ${checkpoint}, true)
    on conflict (name, build) do update set checkpoint = excluded.checkpoint`
}
const check = (storeId: string, head: () => Promise<Position>): Promise<void> =>
  checkStoreIdentity(database.database.long, storeId, { head })

it('takes read models that are not beyond the last event, and no other store for that one afterwards', async () => {
  await liveModelAt(at(7))
  await check('one', () => Promise.resolve(at(7)))
  await expect(check('other', () => Promise.resolve(at(7)))).rejects.toThrow(/from another event store; run `waybill/)
})

it('refuses a read model that is beyond the last event, and says what to do', async () => {
  await liveModelAt(at(8))
  await expect(check('one', () => Promise.resolve(at(7)))).rejects.toThrow(
    "The read model files is ahead of the event store's last event; run `waybill rebuild --all`",
  )
})

it('does not take a model for one that is ahead when events are appended and applied while it looks', async () => {
  await liveModelAt(at(7))
  await check('one', async () => {
    await liveModelAt(at(8)) // the event after the one that is given back was applied before anything else was asked
    return at(7)
  })
})
