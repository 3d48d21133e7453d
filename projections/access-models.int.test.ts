import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addGroupMember, createGroup, removeGroupMember } from '../commands/access/change-group.ts'
import { createAccount } from '../commands/access/create-account.ts'
import { createToken } from '../commands/access/create-token.ts'
import { grantRole, revokeRole } from '../commands/access/grant-role.ts'
import { disableAccount, enableAccount } from '../commands/access/lock-account.ts'
import { revokeToken } from '../commands/access/revoke-token.ts'
import { addPackageOwner, removePackageOwner } from '../commands/registry/change-owners.ts'
import { createProject } from '../commands/registry/create-project.ts'
import { createRepository } from '../commands/registry/create-repository.ts'
import { deleteRepository } from '../commands/registry/update-repository.ts'
import { START, type RecordedEvent } from '../platform/event-store/event-store.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { accessModels } from './access-models.ts'
import { runStatements, wants, type ReadModel } from './read-model.ts'
import { rebuild } from './rebuild.ts'

let core: TestCore
let log: readonly RecordedEvent[]
beforeAll(async () => {
  core = await openCore(accessModels)
  const { run, system } = core
  await run(createAccount, { account: 'ada', kind: 'human' }, system)
  await run(createAccount, { account: 'robot', kind: 'service' }, system)
  await run(createGroup, { group: 'staff' }, system)
  const membership = { group: 'staff', account: 'ada' }
  await run(addGroupMember, membership, system)
  const grant = { role: 'admin', account: 'ada', scope: 'system' } as const
  await run(grantRole, grant, system)
  await run(grantRole, { role: 'viewer', group: 'staff', scope: 'system' }, system)
  await run(disableAccount, { account: 'robot' }, system)
  await run(enableAccount, { account: 'robot' }, system)
  const { id } = await run(createToken, { name: 'one', account: 'ada' }, system)
  await run(createToken, { name: 'two', account: 'robot', actions: ['read'], scopes: ['main'] }, system)
  await run(removeGroupMember, membership, system)
  await run(addGroupMember, membership, system)
  await run(revokeRole, grant, system)
  await run(revokeToken, { id }, system)
  await run(createProject, { project: 'main' }, system)
  const npm = { project: 'main', repository: 'npm' } as const
  await run(createRepository, { ...npm, format: 'npm', kind: 'hosted' }, system)
  await run(createRepository, { ...npm, repository: 'gone', format: 'npm', kind: 'hosted' }, system)
  await run(deleteRepository, { ...npm, repository: 'gone' }, system)
  await run(addPackageOwner, { ...npm, package: 'left', account: 'ada' }, system)
  await run(removePackageOwner, { ...npm, package: 'left', account: 'ada' }, system)
  log = await core.store.readAll(START, 1000)
})
afterAll(() => core.close())

const sql = () => core.database.database.long
const rowsOf = async (table: string): Promise<readonly string[]> =>
  (await sql().unsafe<{ row: string }[]>(`select t::text as row from ${table} t order by 1`)).map(({ row }) => row)

let tables = 0
/** The rows that a model makes of the log when it comes in batches of this size. */
const applied = async (model: ReadModel, batch: number): Promise<readonly string[]> => {
  const table = `${model.name}_test${(tables += 1)}`
  await runStatements(sql(), model.table, table)
  await runStatements(sql(), model.indexes, table)
  for (let from = 0; from < log.length; from += batch) {
    const events = log.slice(from, from + batch).filter((event) => wants(model, event))
    await sql().begin((tx) => model.apply(tx, table, events))
  }
  return rowsOf(table)
}

describe.each(accessModels)('$name', (model) => {
  it('has the same rows live, rebuilt, and in whatever batches the log comes', async () => {
    const live = await rowsOf(model.name)
    expect(live.length).toBeGreaterThan(1)
    for (const batch of [1, 2, 3, 5, 1000]) expect(await applied(model, batch)).toEqual(live)
    await rebuild(sql(), core.store, model)
    expect(await rowsOf(model.name)).toEqual(live)
  })
})

describe('the past', () => {
  const spans = async (table: string): Promise<readonly (readonly [boolean, number])[]> =>
    (
      await sql().unsafe<{ current: boolean; count: number }[]>(
        `select valid_to is null as current, count(*)::int as count from ${table} group by 1 order by 1`,
      )
    ).map(({ current, count }) => [current, count] as const)

  it.each([
    ['accounts', 2, 2],
    ['group_members', 1, 1],
    ['role_grants', 1, 1],
    ['tokens', 1, 1],
    ['repositories', 1, 1],
    ['package_owners', 1, 1],
  ])('of %s is kept: %i ended, %i current', async (table, ended, current) => {
    expect(await spans(table)).toEqual([
      [false, ended],
      [true, current],
    ])
  })
})
