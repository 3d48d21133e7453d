import { describe, expect, it } from 'vitest'
import { systemPrincipal, type Action, type Grant, type Principal } from '../domain/access/authorise.ts'
import { isDomainError } from '../domain/errors.ts'
import { openMemoryEventStore } from '../platform/event-store/memory.ts'
import { memoryRecord, memoryRig } from '../test/registry/memory-rig.ts'
import { contentOf } from '../test/registry/play.ts'
import { CATALOGUE } from './catalogue.ts'
import { createProject } from './registry/create-project.ts'
import { createRepository } from './registry/create-repository.ts'

const clock = { now: () => Date.UTC(2026, 2, 1) }
const system = { principal: systemPrincipal('test'), correlationId: 'test' }

const person = (...grants: readonly Grant[]): Principal => ({ accountId: 'p1', kind: 'human', via: 'password', grants })
const PEOPLE = {
  anonymous: undefined,
  outsider: person(),
  'viewer elsewhere': person({ role: 'viewer', scope: 'other' }),
  viewer: person({ role: 'viewer', scope: 'main' }),
  developer: person({ role: 'developer', scope: 'main' }),
  'admin of the project': person({ role: 'admin', scope: 'main' }),
  'admin of the system': person({ role: 'admin', scope: 'system' }),
} as const
type Who = keyof typeof PEOPLE

const refusals = (...codes: readonly (string | undefined)[]) => {
  const [outsider, viewer, developer, admin] = codes
  const expected: Record<Who, string | undefined> = {
    anonymous: 'unauthenticated',
    outsider,
    'viewer elsewhere': outsider,
    viewer,
    developer,
    'admin of the project': admin,
    'admin of the system': undefined,
  }
  return expected
}

/** Who is refused, and how: outsiders do not learn that a thing is there, readers learn that they may not. */
const BY_RIGHT = {
  'write in the project': refusals('not-found', 'forbidden'),
  'manage the project': refusals('not-found', 'forbidden', 'forbidden'),
  'read in the project': refusals('not-found'),
  'manage the system': refusals('forbidden', 'forbidden', 'forbidden', 'forbidden'),
  'be signed in': refusals(),
} as const

const npm = { project: 'main', repository: 'npm' }
const version = { ...npm, package: 'left', version: '1.0.0' }
const file = { project: 'main', repository: 'files', path: 'a' }
const content = { contentType: 'text/plain', properties: {}, createOnly: false }
const grant = { role: 'viewer', account: 'p2', scope: 'main' }

/** Each command with an input, and the right that it asks. */
const COMMANDS: Readonly<Record<string, readonly [input: object, right: keyof typeof BY_RIGHT]>> = {
  CreateProject: [{ project: 'new' }, 'manage the system'],
  CreateRepository: [{ ...npm, repository: 'more', format: 'npm', kind: 'hosted' }, 'manage the project'],
  UpdateRepository: [{ ...npm, public: true }, 'manage the project'],
  DeleteRepository: [npm, 'manage the project'],
  PublishPackageVersion: [{ ...version, files: [], manifest: 'a'.repeat(64), tags: [] }, 'write in the project'],
  DeprecateVersion: [version, 'write in the project'],
  YankVersion: [version, 'write in the project'],
  DeleteVersion: [version, 'write in the project'],
  SetTag: [{ ...version, tag: 'latest' }, 'write in the project'],
  RemoveTag: [{ ...npm, package: 'left', tag: 'latest' }, 'write in the project'],
  AddPackageOwner: [{ ...npm, package: 'left', account: 'p2' }, 'manage the project'],
  RemovePackageOwner: [{ ...npm, package: 'left', account: 'p2' }, 'manage the project'],
  StarPackage: [{ ...npm, package: 'left' }, 'read in the project'],
  UnstarPackage: [{ ...npm, package: 'left' }, 'read in the project'],
  StoreFile: [{ ...file, ...contentOf(0), ...content }, 'write in the project'],
  DeleteFile: [file, 'write in the project'],
  SetFileProperties: [{ ...file, properties: {} }, 'write in the project'],
  CopyFile: [{ ...file, toPath: 'b' }, 'write in the project'],
  MoveFile: [{ ...file, toPath: 'b' }, 'write in the project'],
  RetryJob: [{ id: '0b6f0c1e-3a52-5b1c-9a1e-1c1a0a4f2b11' }, 'manage the system'],
  DropJob: [{ id: '0b6f0c1e-3a52-5b1c-9a1e-1c1a0a4f2b11' }, 'manage the system'],
  CreateAccount: [{ account: 'p2', kind: 'human' }, 'manage the system'],
  DisableAccount: [{ account: 'p2' }, 'manage the system'],
  EnableAccount: [{ account: 'p2' }, 'manage the system'],
  CreateGroup: [{ group: 'g' }, 'manage the system'],
  AddGroupMember: [{ group: 'g', account: 'p2' }, 'manage the system'],
  RemoveGroupMember: [{ group: 'g', account: 'p2' }, 'manage the system'],
  GrantRole: [grant, 'manage the project'],
  RevokeRole: [grant, 'manage the project'],
  SetPassword: [{ password: 'a long enough password' }, 'be signed in'],
  CreateToken: [{ name: 'ci' }, 'be signed in'],
  RevokeToken: [{ id: 'unknown' }, 'manage the system'],
  CreateWebhook: [{ name: 'ci', scope: 'main/npm', url: 'https://example.com/' }, 'manage the project'],
  // of one that is not there everybody is told that; test/webhooks/subscription.int.test.ts has those that are
  UpdateWebhook: [{ id: 'unknown' }, 'be signed in'],
  RotateWebhookSecret: [{ id: 'unknown' }, 'be signed in'],
  DeleteWebhook: [{ id: 'unknown' }, 'be signed in'],
  TestWebhook: [{ id: 'unknown' }, 'be signed in'],
  RedeliverWebhook: [{ id: 'unknown', delivery: 'unknown' }, 'be signed in'],
  ReplayWebhook: [{ id: 'unknown', after: '00000000000000000000' }, 'be signed in'],
}

/** How the permission of a command refuses, if it does; what the handler says later does not count. */
const attempt = async (name: string, input: object, principal: Principal | undefined, open = false) => {
  const denied: Action[] = []
  const store = openMemoryEventStore()
  const { run } = memoryRig(store, memoryRecord(), clock, (_, action) => denied.push(action))
  await run(createProject, { project: 'main' }, system)
  await run(createRepository, { ...npm, format: 'npm', kind: 'hosted', public: open }, system)
  await run(createRepository, { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' }, system)
  const before = await store.head()
  const command = CATALOGUE.find((known) => known.name === name)
  if (command === undefined) throw new Error(`there is no command ${name}`)
  let code: string | undefined
  try {
    await run(command, input, { principal, correlationId: 'test' })
  } catch (error) {
    code = isDomainError(error) ? error.code : undefined
  }
  const refused = denied.length > 0 || principal === undefined
  if (refused) expect(await store.head()).toBe(before)
  return { code: refused ? code : undefined, denied }
}

it('has a row for every command of the catalogue', () =>
  expect(Object.keys(COMMANDS).sort()).toEqual(CATALOGUE.map(({ name }) => name).sort()))

describe.each(Object.entries(COMMANDS))('%s', (name, [input, right]) => {
  it.each(Object.entries(BY_RIGHT[right]) as [Who, string | undefined][])(
    `asks the right to ${right}: %s`,
    async (who, code) => {
      const { code: refused, denied } = await attempt(name, input, PEOPLE[who])
      expect(refused).toBe(code)
      // what is refused to somebody who is signed in is counted, once
      expect(denied).toHaveLength(code === undefined || who === 'anonymous' ? 0 : 1)
    },
  )
})

it('tells everybody that a public repository is there, and lets nobody write who may not', async () => {
  expect((await attempt('DeprecateVersion', version, PEOPLE.outsider, true)).code).toBe('forbidden')
  expect((await attempt('DeprecateVersion', version, undefined, true)).code).toBe('unauthenticated')
})

it('does not tell a repository that is not there from one that may not be seen', async () => {
  const missing = { ...version, repository: 'missing' }
  expect((await attempt('DeprecateVersion', missing, PEOPLE.outsider)).code).toBe('not-found')
  expect((await attempt('DeprecateVersion', missing, PEOPLE.viewer)).code).toBe('forbidden')
  expect((await attempt('DeprecateVersion', missing, undefined)).code).toBe('unauthenticated')
})

it('asks the right at the source of a copy and a move too', async () => {
  const writer = person({ role: 'developer', scope: 'main/npm' })
  const reader = person({ role: 'developer', scope: 'main/npm' }, { role: 'viewer', scope: 'main/files' })
  const across = { ...file, toPath: 'b', toRepository: 'npm' }
  expect(await attempt('CopyFile', across, writer)).toEqual({ code: 'not-found', denied: ['read'] })
  expect(await attempt('MoveFile', across, writer)).toEqual({ code: 'not-found', denied: ['delete'] })
  expect(await attempt('CopyFile', across, reader)).toEqual({ code: undefined, denied: [] })
  expect(await attempt('MoveFile', across, reader)).toEqual({ code: 'forbidden', denied: ['delete'] })
})
