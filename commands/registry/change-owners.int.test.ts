import { afterAll, beforeAll, expect, it } from 'vitest'
import { allows, type Principal } from '../../domain/access/authorise.ts'
import { accessModels } from '../../projections/access-models.ts'
import { accountWithRoles, rolesOfMany } from '../../projections/accounts/queries.ts'
import { ownerChanges } from '../../projections/package-owners/queries.ts'
import { openCore, type TestCore } from '../../test/core.ts'
import { createAccount } from '../access/create-account.ts'
import type { Caller } from '../command.ts'
import { addPackageOwner, removePackageOwner } from './change-owners.ts'
import { createProject } from './create-project.ts'
import { createRepository } from './create-repository.ts'
import { deleteRepository } from './update-repository.ts'

const place = { project: 'main', repository: 'npm' } as const
const left = { ...place, package: '@acme/left' } as const

let core: TestCore
let repositoryId: string
const ids: Record<string, string> = {}

beforeAll(async () => {
  core = await openCore(accessModels)
  await core.run(createProject, { project: 'main' }, core.system)
  repositoryId = (await core.run(createRepository, { ...place, format: 'npm', kind: 'hosted' }, core.system)).id
  for (const account of ['olga', 'tom', 'mallory'])
    ids[account] = (await core.run(createAccount, { account, kind: 'human' }, core.system)).id
})
afterAll(() => core.close())

const sql = () => core.database.database.interactive

/** With the roles that the account has now. */
const principalOf = async (login: string, limits?: Principal['limits']): Promise<Principal> => {
  const accountId = ids[login] as string
  const { kind, grants } = (await accountWithRoles(sql(), accountId))!
  return { accountId, kind, via: 'password', grants, ...(limits === undefined ? {} : { limits }) }
}
const as = async (login: string, limits?: Principal['limits']): Promise<Caller> => ({
  principal: await principalOf(login, limits),
  correlationId: 'test',
})
const mayPublish = async (login: string, name: string): Promise<boolean> =>
  allows(await principalOf(login), 'write', { ...place, name })

it('gives an owner the rights of a developer on this name and no other', async () => {
  expect(await mayPublish('olga', '@acme/left')).toBe(false)
  await core.run(addPackageOwner, { ...left, account: 'olga' }, core.system)
  expect(await mayPublish('olga', '@acme/left')).toBe(true)
  expect(await mayPublish('olga', '@acme/left-pad')).toBe(false)
  expect(allows(await principalOf('olga'), 'manage', place)).toBe(false)
  const many = await rolesOfMany(sql(), [ids.olga as string, ids.tom as string])
  expect([...many.values()].flat()).toEqual([{ accountId: ids.olga, role: 'developer', scope: 'main/npm:@acme/left' }])
})

it('lets owners add and remove owners, of this package only', async () => {
  await core.run(addPackageOwner, { ...left, account: 'tom' }, await as('olga'))
  expect(await mayPublish('tom', '@acme/left')).toBe(true)
  await core.run(removePackageOwner, { ...left, account: 'olga' }, await as('tom'))
  expect(await mayPublish('olga', '@acme/left')).toBe(false)
  const other = { ...left, package: '@acme/right', account: 'mallory' }
  await expect(core.run(addPackageOwner, other, await as('tom'))).rejects.toMatchObject({ code: 'forbidden' })
  const removed = as('olga')
  await expect(core.run(addPackageOwner, { ...left, account: 'mallory' }, await removed)).rejects.toMatchObject({
    code: 'not-found',
  })
  expect(await ownerChanges(sql(), repositoryId, '@acme/left')).toEqual([
    { accountId: ids.tom, owner: true },
    { accountId: ids.olga, owner: false },
  ])
})

it('changes no owners by a token that is limited', async () => {
  const limited = await as('tom', { scopes: ['main/npm'] })
  await expect(core.run(addPackageOwner, { ...left, account: 'mallory' }, limited)).rejects.toMatchObject({
    code: 'forbidden',
  })
})

it('names accounts by their logins, and keeps none of them in the log', async () => {
  await expect(core.run(addPackageOwner, { ...left, account: 'nobody' }, core.system)).rejects.toMatchObject({
    code: 'not-found',
  })
  expect(JSON.stringify(await core.store.readAll('0'.repeat(20), 1000))).not.toMatch(/olga|tom|mallory/)
})

it('gives nothing in another repository that later has the same name', async () => {
  expect(await mayPublish('tom', '@acme/left')).toBe(true)
  await core.run(deleteRepository, place, core.system)
  expect(await mayPublish('tom', '@acme/left')).toBe(false)
  await core.run(createRepository, { ...place, format: 'npm', kind: 'hosted' }, core.system)
  expect(await mayPublish('tom', '@acme/left')).toBe(false)
})
