import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ReadLog } from '../../command-line/replay/bound.ts'
import { replayRepository, type ReplayedRepository } from '../../command-line/replay/replay-repository.ts'
import type { Moment } from '../../command-line/moment.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import { START, type Position, type RecordedEvent } from '../../platform/event-store/event-store.ts'
import { listFiles } from '../../projections/files/queries.ts'
import { positionAt } from '../../projections/log-clock/queries.ts'
import { ownerChanges } from '../../projections/package-owners/queries.ts'
import { listVersions } from '../../projections/package-versions/queries.ts'
import { listPackages } from '../../projections/packages/queries.ts'
import { findRepository } from '../../projections/repositories/queries.ts'
import { tagsOf } from '../../projections/tags/queries.ts'
import { openCore, type TestCore } from '../core.ts'
import { sender } from '../graphql/commands.ts'
import { appendAlone, rawEvent } from '../registry/raw-events.ts'
import { contents, outcomeOf, prepareProject, send, withKeys } from '../registry/play.ts'
import { histories, REPOSITORIES } from '../registry/steps.ts'

let core: TestCore

beforeAll(async () => {
  core = await openCore()
  for (const bytes of contents) await core.blobs.put(bytes)
})
afterAll(() => core.close())

const sql = () => core.database.database.interactive

const upTo = (until: Moment): ReadLog => ({
  until,
  now: Date.now(),
  signal: new AbortController().signal,
  progress: () => undefined,
})

const justAfter = (position: Position): Position => String(BigInt(position) + 1n).padStart(20, '0')

const replayed = async (project: string, repository: string, until: Moment) => {
  try {
    return await replayRepository(core.store, { project, repository }, upTo(until))
  } catch (error) {
    if ((error as { code?: unknown }).code === 'not-found') return undefined
    throw error
  }
}

/** The same state, asked of the read models. */
const asOfModels = async (project: string, repository: string, at: Position) => {
  const row = await findRepository(sql(), project, repository, at)
  if (row === undefined) return undefined
  const { repositoryId } = row
  const packages = await listPackages(sql(), { repositoryId, limit: 1000, asOf: at })
  return {
    repository: row,
    packages: await Promise.all(
      packages.map(async ({ package: name }) => ({
        package: name,
        owners: (await ownerChanges(sql(), repositoryId, name, at))
          .filter(({ owner }) => owner)
          .map(({ accountId }) => accountId),
        tags: await tagsOf(sql(), repositoryId, name, at),
        versions: (await listVersions(sql(), { repositoryId, package: name, limit: 1000, asOf: at })).map(
          ({ version, publishedAt, publishedBy, deprecated, yanked, manifest, readme, about, files }) => ({
            ...{ version, publishedAt, publishedBy, deprecated, yanked, manifest, readme, about, files },
          }),
        ),
      })),
    ),
    files: (await listFiles(sql(), { repositoryId, limit: 1000, asOf: at })).map(
      ({ repositoryId: _, project: __, repository: ___, ...file }) => file,
    ),
  }
}

const comparable = (state: ReplayedRepository | undefined) => {
  if (state === undefined) return undefined
  const { repository, packages, files } = state
  return { repository, packages, files }
}

const wholeLog = async (): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = []
  for (;;) {
    const page = await core.store.readAll(events.at(-1)?.position ?? START, 10_000)
    if (page.length === 0) return events
    events.push(...page)
  }
}

it('agrees with the read models at any position and instant of any history', async () => {
  let projects = 0
  let compared = 0
  let present = 0
  await fc.assert(
    fc.asyncProperty(
      histories(30),
      fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 4, maxLength: 4 }),
      async (steps, chosen) => {
        const project = `replayed${projects++}`
        const from = await core.store.head()
        await prepareProject(core.run, project, core.system)
        for (const { step, key } of withKeys(steps))
          await outcomeOf(send(core.run, project, step, { ...core.system, key: `${project} ${key}` }))
        const events = (await wholeLog()).filter(({ position }) => position > from)
        for (const thousandth of [...chosen, 1000]) {
          const { position, metadata } = events[Math.floor((thousandth * (events.length - 1)) / 1000)]!
          const instant = (metadata as EventMetadata).at
          const atInstant = (await positionAt(sql(), instant)) ?? (await core.store.head())
          for (const repository of REPOSITORIES) {
            const byPosition = await replayed(project, repository, { kind: 'position', position })
            expect(comparable(byPosition)).toEqual(await asOfModels(project, repository, position))
            const byInstant = await replayed(project, repository, { kind: 'instant', instant })
            expect(comparable(byInstant)).toEqual(await asOfModels(project, repository, atInstant))
            expect(byInstant?.asOf.position ?? atInstant).toBe(atInstant)
            compared += 2
            if (byPosition !== undefined) present++
          }
        }
      },
    ),
    { numRuns: 12, endOnFailure: true },
  )
  expect(compared).toBeGreaterThan(200)
  expect(present).toBeGreaterThan(50)
}, 120_000)

it('shows of a repository only the package or the paths that are asked for', async () => {
  const project = 'narrow'
  await prepareProject(core.run, project, core.system)
  const steps = [
    { do: 'CreateRepository', repository: 'npm', overwrite: false },
    { do: 'CreateRepository', repository: 'files', overwrite: false },
    { do: 'PublishPackageVersion', repository: 'npm', package: 'left', version: '1.0.0', content: 0, tags: ['latest'] },
    { do: 'PublishPackageVersion', repository: 'npm', package: 'right', version: '1.0.0', content: 1, tags: [] },
    { do: 'StoreFile', repository: 'files', path: 'a/x', content: 0, createOnly: false, onlyIf: false },
    { do: 'StoreFile', repository: 'files', path: 'b/x', content: 0, createOnly: false, onlyIf: false },
  ] as const
  for (const step of steps) await send(core.run, project, step, core.system)
  const log = upTo({ kind: 'position', position: await core.store.head() })
  const left = await replayRepository(core.store, { project, repository: 'npm', package: 'left' }, log)
  expect(left.packages.map((one) => one.package)).toEqual(['left'])
  const a = await replayRepository(core.store, { project, repository: 'files', path: 'a/' }, log)
  expect(a.files.map(({ path }) => path)).toEqual(['a/x'])
})

it('shows the roles that reached into it, with who was in the groups', async () => {
  const command = sender(core)
  await prepareProject(core.run, 'granted', core.system)
  for (const repository of ['npm', 'files'] as const)
    await send(core.run, 'granted', { do: 'CreateRepository', repository, overwrite: false }, core.system)
  const ada = String((await command('CreateAccount', { account: 'ada', kind: 'service' }))['id'])
  await command('CreateGroup', { group: 'team' })
  await command('AddGroupMember', { group: 'team', account: 'ada' })
  const before = await core.store.head()
  await command('GrantRole', { role: 'developer', group: 'team', scope: 'granted/npm' })
  await command('GrantRole', { role: 'viewer', account: 'ada', scope: 'granted/npm:left-*' })
  await command('GrantRole', { role: 'viewer', account: 'ada', scope: 'granted/files' })
  const during = await core.store.head()
  await command('RevokeRole', { role: 'developer', group: 'team', scope: 'granted/npm' })
  const after = await core.store.head()

  const grantsAt = async (position: Position) => {
    const wanted = { project: 'granted', repository: 'npm', grants: true }
    const { grants } = await replayRepository(core.store, wanted, upTo({ kind: 'position', position }))
    return grants?.map(({ role, subject, scope, members }) => [role, subject.id, scope, members])
  }
  expect(await grantsAt(before)).toEqual([])
  const onNames = ['viewer', ada, 'granted/npm:left-*', null]
  expect(await grantsAt(during)).toEqual([['developer', 'team', 'granted/npm', [ada]], onNames])
  expect(await grantsAt(after)).toEqual([onNames])
})

it('refuses the future, and a position beyond the end of the log', async () => {
  const wanted = { project: 'narrow', repository: 'npm' }
  const instant = new Date(Date.now() + 60_000).toISOString()
  const position = justAfter(await core.store.head())
  for (const until of [{ kind: 'instant', instant } as const, { kind: 'position', position } as const])
    await expect(replayRepository(core.store, wanted, upTo(until))).rejects.toMatchObject({
      code: 'future-instant',
      exit: 'usage',
    })
})

it('ends when it is interrupted', async () => {
  const controller = new AbortController()
  controller.abort(new Error('enough'))
  const until = { kind: 'position', position: await core.store.head() } as const
  const log = { ...upTo(until), signal: controller.signal }
  await expect(replayRepository(core.store, { project: 'narrow', repository: 'npm' }, log)).rejects.toThrow('enough')
})

it('passes over no event that a newer Waybill wrote', async () => {
  await appendAlone(core.store, rawEvent('PackageSigned', { repositoryId: 'r1' }))
  const until = { kind: 'position', position: await core.store.head() } as const
  await expect(replayRepository(core.store, { project: 'narrow', repository: 'npm' }, upTo(until))).rejects.toThrow(
    'unknown event type PackageSigned',
  )
})
