import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { deleteVersion, deprecateVersion } from '../commands/registry/change-version.ts'
import { deleteFile, setFileProperties } from '../commands/registry/change-file.ts'
import { createProject } from '../commands/registry/create-project.ts'
import { createRepository } from '../commands/registry/create-repository.ts'
import { publishPackageVersion } from '../commands/registry/publish-package-version.ts'
import { removeTag, setTag } from '../commands/registry/set-tag.ts'
import { storeFile } from '../commands/registry/store-file.ts'
import { deleteRepository, updateRepository } from '../commands/registry/update-repository.ts'
import { START } from '../platform/event-store/event-store.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { appendAlone, rawVersion } from '../test/registry/raw-events.ts'
import { applyBatch } from './apply-batch.ts'
import { listBuilds } from './builds.ts'
import { READ_MODELS } from './models.ts'
import { versionLines } from './package-versions/queries.ts'
import { rebuild } from './rebuild.ts'
import { findRepository } from './repositories/queries.ts'
import { tagsOf } from './tags/queries.ts'

let core: TestCore

beforeEach(async () => {
  core = await openCore()
})

afterEach(async () => {
  await core.close()
})

const digests = { md5: '0'.repeat(32), sha1: '0'.repeat(40), sha256: 'a'.repeat(64), sha512: '0'.repeat(128) }
const at = { project: 'main', repository: 'npm' }

const publish = (name: string, version: string, tags: string[]) =>
  core.run(
    publishPackageVersion,
    {
      ...at,
      package: name,
      version,
      files: [{ name: `${name}-${version}.tgz`, size: 3, ...digests }],
      manifest: 'b'.repeat(64),
      tags,
    },
    core.system,
  )

const someHistory = async (): Promise<void> => {
  await core.run(createProject, { project: 'main' }, core.system)
  await core.run(createRepository, { ...at, format: 'npm', kind: 'hosted' }, core.system)
  await core.run(
    createRepository,
    { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' },
    core.system,
  )
  await publish('left', '1.0.0', ['latest'])
  await publish('left', '1.1.0', ['latest', 'next'])
  await core.run(deprecateVersion, { ...at, package: 'left', version: '1.0.0', message: 'old' }, core.system)
  await core.run(setTag, { ...at, package: 'left', tag: 'stable', version: '1.0.0' }, core.system)
  await core.run(removeTag, { ...at, package: 'left', tag: 'next' }, core.system)
  await core.run(deleteVersion, { ...at, package: 'left', version: '1.1.0' }, core.system)
  const file = { project: 'main', repository: 'files', path: 'a/b.txt' }
  const content = { size: 3, ...digests, contentType: 'text/plain', properties: {}, createOnly: false }
  await core.run(storeFile, { ...file, ...content }, core.system)
  await core.run(setFileProperties, { ...file, properties: { os: 'linux' } }, core.system)
  await core.run(deleteFile, file, core.system)
  await core.run(updateRepository, { ...at, public: true }, core.system)
}

/** Every table's rows in one text, ordered, so that two builds can be compared. */
const everyRow = async (): Promise<string> => {
  const tables = await Promise.all(
    READ_MODELS.map(async ({ name }) => {
      const rows = await core.database.database.long.unsafe(`select t::text as row from ${name} t order by t::text`)
      return `${name}\n${rows.map(({ row }) => String(row)).join('\n')}`
    }),
  )
  return tables.join('\n\n')
}

it('keeps the past of versions and tags by validity ranges', async () => {
  await someHistory()
  const sql = core.database.database.interactive
  const repository = await findRepository(sql, 'main', 'npm')
  expect(repository).toMatchObject({ public: true, format: 'npm' })
  const id = repository?.repositoryId ?? ''
  expect(await versionLines(sql, id, 'left')).toMatchObject([{ version: '1.0.0', deprecated: 'old' }])
  expect((await tagsOf(sql, id, 'left')).map(({ tag, version }) => `${tag}=${version}`)).toEqual(['stable=1.0.0'])

  const events = await core.store.readAll(START, 1000)
  const second = events.filter(({ type }) => type === 'PackageVersionPublished')[1]
  const then = second?.position ?? START
  expect(await versionLines(sql, id, 'left', then)).toMatchObject([
    { version: '1.0.0', deprecated: null },
    { version: '1.1.0', deprecated: null },
  ])
  expect((await tagsOf(sql, id, 'left', then)).map(({ tag, version }) => `${tag}=${version}`)).toEqual([
    'latest=1.1.0',
    'next=1.1.0',
  ])
})

it('rebuilds every model to the same rows, in one batch or in many', async () => {
  await someHistory()
  const live = await everyRow()
  for (const model of READ_MODELS) await rebuild(core.database.database.long, core.store, model)
  expect(await everyRow()).toBe(live)
  expect(live.length).toBeGreaterThan(2000)
})

it('goes on with the new build after a rebuild beside a running projector', async () => {
  await someHistory()
  for (const model of READ_MODELS) await rebuild(core.database.database.long, core.store, model)
  await publish('right', '2.0.0', ['latest'])
  const sql = core.database.database.interactive
  const id = (await findRepository(sql, 'main', 'npm'))?.repositoryId ?? ''
  expect(await versionLines(sql, id, 'right')).toHaveLength(1)
})

it('touches no table before it has the checkpoints, which a rebuild holds while it drops one', async () => {
  await someHistory()
  const { long } = core.database.database
  const touched = await long.begin(async (rebuilding) => {
    await rebuilding`select 1 from read_models for update`
    // nobody waits for the projector: it cannot go on before this transaction ends
    await appendAlone(core.store, rawVersion('left', '2.0.0'))
    core.tail.wake()
    return vi.waitFor(async () => {
      const waiting = await long<{ pid: number }[]>`
        select pid from pg_stat_activity
        where datname = current_database() and application_name = 'waybill-projector' and wait_event_type = 'Lock'`
      expect(waiting).toHaveLength(1)
      return long<{ relation: string }[]>`
        select distinct relation::regclass::text as relation from pg_locks
        where locktype = 'relation' and pid = ${waiting[0]?.pid ?? 0} order by 1`
    }, 10_000)
  })
  expect(touched.map(({ relation }) => relation).filter((name) => !name.startsWith('read_models'))).toEqual([])
  expect(await core.projector.progress.reached(await core.store.head(), 10_000)).toBe(true)
})

it('refuses a batch that was applied already, and changes nothing', async () => {
  await someHistory()
  const before = await everyRow()
  const { long } = core.database.database
  const builds = await listBuilds(long)
  const events = await core.store.readAll(START, 1000)
  for (const model of READ_MODELS) {
    const build = builds.find(({ name, live }) => live && name === model.name)
    if (build === undefined) throw new Error(`${model.name} has no live build`)
    const stale = { ...build, checkpoint: START }
    await expect(applyBatch(long, [{ model, build: stale }], events, events.at(-1)?.position ?? START)).rejects.toThrow(
      'no longer at',
    )
  }
  expect(await everyRow()).toBe(before)
})

it('starts a repository of the same name empty', async () => {
  await someHistory()
  await core.run(deleteRepository, at, core.system)
  await core.run(createRepository, { ...at, format: 'npm', kind: 'hosted' }, core.system)
  const sql = core.database.database.interactive
  const id = (await findRepository(sql, 'main', 'npm'))?.repositoryId ?? ''
  expect(await versionLines(sql, id, 'left')).toEqual([])
  await publish('left', '1.0.0', ['latest'])
  expect(await versionLines(sql, id, 'left')).toHaveLength(1)
})
