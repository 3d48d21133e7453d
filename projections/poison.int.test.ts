import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { AppendResult } from '../platform/event-store/event-store.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { appendAlone, rawEvent, rawVersion } from '../test/registry/raw-events.ts'
import { packageVersions } from './package-versions/projection.ts'
import { findPoison } from './poison.ts'
import { rebuild } from './rebuild.ts'

let core: TestCore
let applied = 0

// The tests follow each other: what one halts, the next mends.
beforeAll(async () => {
  core = await openCore()
})
afterAll(() => core.close())

const settled = async ({ position }: AppendResult): Promise<void> => {
  core.tail.wake()
  expect(await core.projector.progress.reached(position, 20_000)).toBe(true)
}

const namesIn = async (table: string): Promise<string[]> => {
  const rows = await core.database.database.interactive.unsafe(`select package from ${table} order by package`)
  return rows.map((row) => String(row['package']))
}

const halted = () => core.projector.halted().map(({ model }) => model)

it('halts the one model that cannot apply an event, before that event, while the others go on', async () => {
  const bad = rawVersion('bad', '1.0.0', { files: null })
  await settled(
    await appendAlone(core.store, rawVersion('a', '1.0.0'), rawVersion('b', '1.0.0'), bad, rawVersion('c', '1.0.0')),
  )
  const after = await appendAlone(core.store, rawVersion('d', '1.0.0'))
  await settled(after)
  expect(await namesIn('packages')).toEqual(['a', 'b', 'bad', 'c', 'd'])
  expect(await namesIn('package_versions')).toEqual(['a', 'b'])
  expect(halted()).toEqual(['package_versions'])
  expect(core.projector.halted()[0]?.reason).toMatch(/^event PackageVersionPublished at \d{20} \(stream raw-.*null/)
})

it('refuses to rebuild it with the same code, and leaves the halted one as it was', async () => {
  await expect(rebuild(core.database.database.long, core.store, packageVersions)).rejects.toThrow('null')
  expect(await namesIn('package_versions')).toEqual(['a', 'b'])
  expect(halted()).toEqual(['package_versions'])
})

it('goes on with a model that was rebuilt soundly, without a restart', async () => {
  const sound = {
    ...packageVersions,
    apply: (...[sql, table, events]: Parameters<typeof packageVersions.apply>) =>
      packageVersions.apply(
        sql,
        table,
        events.filter(({ data }) => (data as { files: unknown }).files !== null),
      ),
  }
  await rebuild(core.database.database.long, core.store, sound)
  expect(await namesIn('package_versions')).toEqual(['a', 'b', 'c', 'd'])
  await vi.waitFor(() => expect(halted()).toEqual([]), 10_000)
  await settled(await appendAlone(core.store, rawVersion('e', '1.0.0')))
  expect(await namesIn('package_versions')).toEqual(['a', 'b', 'c', 'd', 'e'])
})

it('takes an event type that it does not know for poison where every event is told', async () => {
  await settled(await appendAlone(core.store, rawEvent('RocketLaunched', {})))
  await settled(await appendAlone(core.store, rawVersion('f', '1.0.0')))
  expect(halted()).toEqual(['audit'])
  expect(await namesIn('package_versions')).toContain('f')
})

it('tries an event three times before it halts, and goes on when a try goes well', async () => {
  const sql = core.database.database.long
  const failing = (times: number) => ({
    name: `fails_${times}_times`,
    version: 1,
    table: 'create table {table} (package text)',
    indexes: '',
    handles: new Set(['PackageVersionPublished']),
    apply: async () => {
      await Promise.resolve()
      if (applied++ < times) throw new Error(`failure ${applied}`)
    },
  })
  const build = { name: 'x', version: 1, build: 1, table: 'x', checkpoint: '0'.repeat(20), live: true, error: null }
  const [event] = await core.store.readAll('0'.repeat(20), 1)
  if (event === undefined) throw new Error('the log is empty')
  const published = { ...event, type: 'PackageVersionPublished' }
  const verdict = async (times: number) => {
    applied = 0
    await sql`insert into read_models (name, version, build, checkpoint) values ('x', 1, 1, ${build.checkpoint})
      on conflict (name, build) do update set checkpoint = excluded.checkpoint, error = null`
    return findPoison(sql, { model: failing(times), build }, [published], event.position)
  }
  expect(await verdict(2)).toBeUndefined()
  // three times as a batch, three times alone
  expect(await verdict(100)).toContain('failure 6')
  const [row] = await sql`select checkpoint, error from read_models where name = 'x'`
  expect(row).toMatchObject({ checkpoint: build.checkpoint, error: expect.stringContaining('failure 6') as string })
  await sql`delete from read_models where name = 'x'`
})

it.each(['55P03', '57014', '40P01', '08006', '25P03', 'CONNECTION_CLOSED'])(
  'takes %s for a failure of the server, which says nothing about the event',
  async (code) => {
    const sql = core.database.database.long
    const [event] = await core.store.readAll('0'.repeat(20), 1)
    if (event === undefined) throw new Error('the log is empty')
    const model = {
      ...packageVersions,
      handles: 'all' as const,
      apply: () => Promise.reject(Object.assign(new Error('the server'), { code })),
    }
    const build = { name: 'y', version: 1, build: 1, table: 'y', checkpoint: '0'.repeat(20), live: false, error: null }
    await sql`insert into read_models (name, version, build, checkpoint) values ('y', 1, 1, ${build.checkpoint})`
    await expect(findPoison(sql, { model, build }, [event], event.position)).rejects.toMatchObject({ code })
    expect(await sql`select error from read_models where name = 'y'`).toEqual([{ error: null }])
    await sql`delete from read_models where name = 'y'`
  },
)
