import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { START } from '../platform/event-store/event-store.ts'
import { openCore, silent, type TestCore } from '../test/core.ts'
import { appendAlone, rawVersion } from '../test/registry/raw-events.ts'
import { READ_MODELS } from './models.ts'
import { startProjector } from './projector.ts'

let core: TestCore

beforeAll(async () => {
  core = await openCore()
})
afterAll(() => core.close())

const sql = () => core.database.database.interactive

const appendVersions = async (name: string, count: number, meanwhile: (done: number) => Promise<unknown>) => {
  for (let done = 0; done < count; done++) {
    await appendAlone(core.store, rawVersion(name, `${done}.0.0`, { tags: ['latest', `t${done % 3}`] }))
    await meanwhile(done)
  }
  const head = await core.store.head()
  core.tail.wake()
  await vi.waitFor(async () => expect(await core.projector.progress.reached(head)).toBe(true), 30_000)
}

/** What the log says must be in the tables, neither less nor more. */
const expectWhole = async (name: string, count: number) => {
  const events = await core.store.readAll(START, 10_000)
  const [audit] = await sql()`select count(*) as n, count(distinct position) as positions from audit`
  expect([Number(audit?.['n']), Number(audit?.['positions'])]).toEqual([events.length, events.length])
  const versions = await sql()`select version from package_versions where package = ${name}`
  expect(new Set(versions.map((row) => String(row['version']))).size).toBe(count)
  expect(versions.length).toBe(count)
  const [row] = await sql()`select versions from packages where package = ${name} and valid_to is null`
  expect(row).toMatchObject({ versions: count })
  const tags =
    await sql()`select tag, version from tags where package = ${name} and valid_to is null and tag = 'latest'`
  expect(tags.map((tag) => String(tag['version']))).toEqual([`${count - 1}.0.0`])
}

it('follows the log without gap or doubling when its connections are cut', async () => {
  let cut = 0
  await appendVersions('cut', 60, async (done) => {
    if (done % 10 !== 5) return
    // a cut before may not be mended yet
    await vi.waitFor(async () => {
      const ended = await sql()`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = any (${['waybill-long', 'waybill-projector']})`
      expect(ended.length).toBeGreaterThan(0)
      cut++
    }, 10_000)
  })
  expect(cut).toBe(6)
  await expectWhole('cut', 60)
  expect(core.projector.halted()).toEqual([])
})

it('applies each event once when two projectors follow the log of one database', async () => {
  const second = await startProjector(core.database.database.projector, core.tail, READ_MODELS, silent)
  try {
    await appendVersions('twice', 150, () => Promise.resolve())
    const head = await core.store.head()
    await vi.waitFor(async () => expect(await second.progress.reached(head)).toBe(true), 30_000)
    await expectWhole('twice', 150)
    expect([...core.projector.halted(), ...second.halted()]).toEqual([])
  } finally {
    await second.stop()
  }
})
