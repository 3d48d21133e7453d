import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../domain/access/authorise.ts'
import { packageVersionStream } from '../domain/registry/package-version/events.ts'
import { tagStream } from '../domain/registry/tag/tag.ts'
import { newId } from '../platform/ids.ts'
import { versionLines } from '../projections/package-versions/queries.ts'
import { tagsOf } from '../projections/tags/queries.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { contents, contentOf } from '../test/registry/play.ts'
import { createAccount } from './access/create-account.ts'
import { createToken } from './access/create-token.ts'
import type { Caller } from './command.ts'
import { deprecateVersion } from './registry/change-version.ts'
import { moveFile } from './registry/copy-file.ts'
import { createProject } from './registry/create-project.ts'
import { createRepository } from './registry/create-repository.ts'
import { publishPackageVersion } from './registry/publish-package-version.ts'
import { setTag } from './registry/set-tag.ts'
import { storeFile } from './registry/store-file.ts'

let core: TestCore
let repositoryId: string

beforeAll(async () => {
  core = await openCore()
  for (const bytes of contents) await core.blobs.put(bytes)
  await core.run(createProject, { project: 'main' }, core.system)
  const npm = await core.run(createRepository, { ...npmPlace, format: 'npm', kind: 'hosted' }, core.system)
  repositoryId = npm.id
  await core.run(createRepository, { ...filesPlace, format: 'generic', kind: 'hosted' }, core.system)
})
afterAll(() => core.close())

const npmPlace = { project: 'main', repository: 'npm' }
const filesPlace = { project: 'main', repository: 'files' }
const keyed = (key: string): Caller => ({ ...core.system, key })
const another = (accountId: string): Principal => ({
  accountId,
  kind: 'human',
  via: 'password',
  grants: [{ role: 'admin', scope: 'system' }],
})

const publication = (name: string, version = '1.0.0', tags: string[] = []) => ({
  ...npmPlace,
  package: name,
  version,
  files: [],
  manifest: 'b'.repeat(64),
  tags,
})
const publish = (name: string, caller: Caller = core.system, version = '1.0.0', tags: string[] = []) =>
  core.run(publishPackageVersion, publication(name, version, tags), caller)

const inRepository = () => ({ repositoryId, ...npmPlace, format: 'npm' as const })
const eventsOf = (name: string) =>
  core.store.readStream(packageVersionStream({ ...inRepository(), package: name, version: '1.0.0' }))

const codesOf = async (all: readonly Promise<unknown>[]) => {
  const outcomes = await Promise.allSettled(all)
  return outcomes.map((outcome) =>
    outcome.status === 'rejected' ? String((outcome.reason as { code: unknown }).code) : 'done',
  )
}

describe('a key', () => {
  it('gives a repeat the first answer and appends nothing', async () => {
    const first = await publish('once', keyed('k1'))
    expect(await publish('once', keyed('k1'))).toEqual(first)
    expect(await eventsOf('once')).toHaveLength(1)
  })

  it('is refused with another payload', async () => {
    await publish('mine', keyed('k2'))
    await expect(publish('other', keyed('k2'))).rejects.toMatchObject({ code: 'idempotency-mismatch' })
    expect(await eventsOf('other')).toEqual([])
  })

  it('is each actor’s own, and each command’s', async () => {
    await publish('shared', keyed('k3'))
    const other = { ...keyed('k3'), principal: another(newId()) }
    await expect(publish('shared', other)).rejects.toMatchObject({ code: 'version-immutable' })
    await publish('another', { ...keyed('k3'), principal: another(newId()) })
    const deprecation = { ...npmPlace, package: 'shared', version: '1.0.0', message: 'old' }
    await core.run(deprecateVersion, deprecation, keyed('k3'))
    expect(await eventsOf('shared')).toHaveLength(2)
  })

  it('gives the first position also when the process died between the append and the answer', async () => {
    const first = await publish('died', keyed('k4'))
    await publish('later')
    await core.database.database.interactive`update command_results set result = null`
    expect(await publish('died', keyed('k4'))).toEqual(first)
    expect(await publish('died', keyed('k4'))).toEqual(first)
    expect(await eventsOf('died')).toHaveLength(1)
  })

  it('lets a refused command be tried again', async () => {
    const deprecation = { ...npmPlace, package: 'soon', version: '1.0.0', message: 'old' }
    await expect(core.run(deprecateVersion, deprecation, keyed('k5'))).rejects.toMatchObject({ code: 'not-found' })
    await publish('soon')
    await core.run(deprecateVersion, deprecation, keyed('k5'))
    expect(await eventsOf('soon')).toHaveLength(2)
  })

  it('appends once when 50 repeats arrive together', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, () => publish('fifty', keyed('k6'))))
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1)
    expect(await eventsOf('fifty')).toHaveLength(1)
  })

  it('never shows a secret again, nor keeps it', async () => {
    const { id } = await core.run(createAccount, { account: 'robot', kind: 'service' }, core.system)
    const robot = { principal: another(id), correlationId: 'test', key: 'k7' }
    const { token } = await core.run(createToken, { name: 'ci' }, robot)
    await expect(core.run(createToken, { name: 'ci' }, robot)).rejects.toMatchObject({ code: 'secret-already-shown' })
    const kept = await core.database.database.interactive`select result from command_results where result is not null`
    expect(kept.length).toBeGreaterThan(0)
    expect(JSON.stringify(kept)).not.toContain(token)
  })
})

describe('a session', () => {
  const inSession = (session: string): Caller => ({ ...core.system, session })

  it('recognises the same input sent again, and refuses it from another session', async () => {
    const first = await publish('tried', inSession('s1'))
    expect((await publish('tried', inSession('s1'))).position).toBe(first.position)
    await expect(publish('tried', inSession('s2'))).rejects.toMatchObject({ code: 'version-immutable' })
    expect(await eventsOf('tried')).toHaveLength(1)
  })

  it('tells inputs apart', async () => {
    await publish('apart', inSession('s3'))
    await expect(publish('apart', inSession('s3'), '1.0.0', ['latest'])).rejects.toMatchObject({
      code: 'version-immutable',
    })
  })
})

describe('an expected revision', () => {
  const deprecate = (message: string, expectedRevision: number) =>
    core.run(
      deprecateVersion,
      { ...npmPlace, package: 'expected', version: '1.0.0', message },
      { ...core.system, expectedRevision },
    )

  it('lets the command through only there', async () => {
    await publish('expected')
    await deprecate('one', 0)
    await expect(deprecate('two', 0)).rejects.toMatchObject({ code: 'revision-conflict' })
    await expect(deprecate('two', 7)).rejects.toMatchObject({ code: 'revision-conflict' })
    await deprecate('two', 1)
    expect(await eventsOf('expected')).toHaveLength(3)
  })

  it('lets one of many through that expect the same', async () => {
    const codes = await codesOf(Array.from({ length: 20 }, (_, index) => deprecate(`n${index}`, 2)))
    expect(codes.filter((code) => code === 'done')).toHaveLength(1)
    expect(new Set(codes.filter((code) => code !== 'done'))).toSatisfy((others: Set<string>) =>
      [...others].every((code) => ['revision-conflict', 'version-conflict'].includes(code)),
    )
    expect(await eventsOf('expected')).toHaveLength(4)
  })

  it('is the one of the new path when a file is moved', async () => {
    const stored = {
      ...filesPlace,
      path: 'from',
      ...contentOf(1),
      contentType: 'text/plain',
      properties: {},
      createOnly: true,
    }
    await core.run(storeFile, stored, core.system)
    const move = { ...filesPlace, path: 'from', toPath: 'to' }
    await expect(core.run(moveFile, move, { ...core.system, expectedRevision: 0 })).rejects.toMatchObject({
      code: 'revision-conflict',
    })
    await core.run(moveFile, move, { ...core.system, expectedRevision: -1 })
    const rows = await core.database.database.interactive`select path from files where valid_to is null`
    expect(rows.map((row) => String(row['path']))).toEqual(['to'])
  })
})

describe('many at once', () => {
  it('publish a version exactly once when 200 try', async () => {
    const codes = await codesOf(Array.from({ length: 200 }, () => publish('raced')))
    expect(codes.filter((code) => code === 'done')).toHaveLength(1)
    expect(codes.filter((code) => code === 'version-immutable')).toHaveLength(199)
    expect(await eventsOf('raced')).toHaveLength(1)
  })

  it('all move a tag, one after the other, when they meet', async () => {
    for (let version = 0; version < 25; version++) await publish('moved', core.system, `1.0.${version}`)
    const set = (version: number) => ({ ...npmPlace, package: 'moved', tag: 'latest', version: `1.0.${version}` })
    await Promise.all(Array.from({ length: 25 }, (_, version) => core.run(setTag, set(version), core.system)))
    const events = await core.store.readStream(tagStream({ ...inRepository(), package: 'moved', tag: 'latest' }))
    expect(events).toHaveLength(25)
    const last = (events.at(-1)?.data as { version: string }).version
    expect(await tagsOf(core.database.database.interactive, repositoryId, 'moved')).toMatchObject([{ version: last }])
  })
})

it('answers when the read models show what was done', async () => {
  for (let version = 0; version < 20; version++) {
    await publish('seen', core.system, `${version}.0.0`)
    expect(await versionLines(core.database.database.interactive, repositoryId, 'seen')).toHaveLength(version + 1)
  }
})
