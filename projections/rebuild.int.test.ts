import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { EventStore } from '../platform/event-store/event-store.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { appendAlone, rawVersion } from '../test/registry/raw-events.ts'
import { rowsOf } from '../test/registry/table-lines.ts'
import { listBuilds } from './builds.ts'
import { packageVersions } from './package-versions/projection.ts'
import { outdatedModels, rebuild } from './rebuild.ts'

let core: TestCore

beforeAll(async () => {
  core = await openCore([packageVersions])
})
afterAll(() => core.close())

const long = () => core.database.database.long
const builds = () => listBuilds(long())
const tables = async (): Promise<string[]> => {
  const rows = await long()`select tablename from pg_tables where tablename like 'package_versions%'`
  return rows.map((row) => String(row['tablename']))
}
const count = async (): Promise<number> => {
  const [row] = await core.database.database
    .interactive`select count(*) as n from package_versions where valid_to is null`
  return Number(row?.['n'])
}
const settled = async (): Promise<void> => {
  const head = await core.store.head()
  core.tail.wake()
  await vi.waitFor(async () => expect(await core.projector.progress.reached(head)).toBe(true), 30_000)
}

it('shows no reader fewer rows than before, and loses nothing, while events come in all the time', async () => {
  const seconds = 4
  const perTick = 10
  let ended = false
  let appended = 0
  const began = performance.now()
  const writing = (async () => {
    while (performance.now() - began < seconds * 1000) {
      const names = Array.from({ length: perTick }, (_, index) => rawVersion('busy', `${appended + index}.0.0`))
      await appendAlone(core.store, ...names)
      appended += perTick
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, began + appended * 5 - performance.now())))
    }
    ended = true
  })()
  let reads = 0
  const reading = (async () => {
    for (let seen = 0; !ended; reads++) {
      const now = await count()
      expect(now).toBeGreaterThanOrEqual(seen)
      seen = now
    }
  })()
  let rebuilds = 0
  const rebuilding = (async () => {
    for (; !ended; rebuilds++) await rebuild(long(), core.store, packageVersions)
  })()
  await Promise.all([writing, reading, rebuilding])
  await settled()
  expect(await count()).toBe(appended)
  expect(appended).toBeGreaterThan(100)
  expect(Math.min(reads, rebuilds)).toBeGreaterThan(2)
  expect(core.projector.halted()).toEqual([])
  expect((await builds()).filter(({ name }) => name === 'package_versions')).toHaveLength(1)
  expect(await tables()).toHaveLength(1)
}, 60_000)

it('drops at the next rebuild what a crash in the middle of one left, and shows nothing of it', async () => {
  const before = await rowsOf(long(), 'package_versions')
  let pages = 0
  const dying: EventStore = {
    ...core.store,
    readAll: (after) => {
      if (pages++ === 3) return Promise.reject(new Error('the process died'))
      return core.store.readAll(after, 10)
    },
  }
  await expect(rebuild(long(), dying, packageVersions)).rejects.toThrow('the process died')
  const half = (await builds()).filter(({ live }) => !live)
  expect(half).toHaveLength(1)
  expect(pages).toBeGreaterThan(3)
  expect(await tables()).toHaveLength(2)
  expect(await rowsOf(long(), 'package_versions')).toBe(before)

  await rebuild(long(), core.store, packageVersions)
  expect((await builds()).filter(({ live }) => !live)).toEqual([])
  expect(await tables()).toHaveLength(1)
  expect(await rowsOf(long(), 'package_versions')).toBe(before)
})

it('says which model cannot apply which events, and leaves the live one as it is', async () => {
  const before = await rowsOf(long(), 'package_versions')
  const broken = { ...packageVersions, apply: () => Promise.reject(new Error('a defect')) }
  await expect(rebuild(long(), core.store, broken)).rejects.toMatchObject({
    code: 'event-not-applied',
    message: expect.stringMatching(
      /^the read model package_versions cannot apply an event between \d{20} and \d{20}: a defect$/,
    ) as string,
  })
  expect(await rowsOf(long(), 'package_versions')).toBe(before)
})

it('ends beside a writer that never pauses', async () => {
  let written = 0
  const restless: EventStore = {
    ...core.store,
    readAll: async (after, limit) => {
      await appendAlone(core.store, rawVersion('restless', `1.0.${(written += 1)}`))
      return core.store.readAll(after, limit)
    },
  }
  await rebuild(long(), restless, packageVersions)
  await settled()
  expect(await count()).toBeGreaterThan(written - 1)
})

it('builds a new version beside the old one and switches to it, while the old one goes on', async () => {
  const next = {
    ...packageVersions,
    version: packageVersions.version + 1,
    table: packageVersions.table.replace('valid_from ', "added text not null default 'new', valid_from "),
  }
  expect((await outdatedModels(long(), [packageVersions, next])).map(({ version }) => version)).toEqual([next.version])
  const rows = await count()
  let during = -1
  const slow: EventStore = {
    ...core.store,
    readAll: async (after, limit) => {
      during = await count()
      return core.store.readAll(after, limit)
    },
  }
  await rebuild(long(), slow, next)
  expect(during).toBe(rows)
  expect(await count()).toBe(rows)
  const [row] = await long()`select distinct added from package_versions`
  expect(row).toEqual({ added: 'new' })
  expect(await tables()).toEqual([expect.stringMatching(`^package_versions_v${next.version}_b`)])
  expect((await outdatedModels(long(), [packageVersions])).length).toBe(1)
  await appendAlone(core.store, rawVersion('later', '1.0.0'))
  await settled()
  expect(await count()).toBe(rows + 1)
})
