import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Principal } from '../../domain/access/authorise.ts'
import { newId } from '../../platform/ids.ts'
import { accessModels } from '../../projections/access-models.ts'
import { accountWithRoles, listAccounts } from '../../projections/accounts/queries.ts'
import { groupsOf, membersOf } from '../../projections/group-members/queries.ts'
import { listGrants } from '../../projections/role-grants/queries.ts'
import { tokenById, tokensOf } from '../../projections/tokens/queries.ts'
import { openCore, type TestCore } from '../../test/core.ts'
import type { Caller } from '../command.ts'
import { createProject } from '../registry/create-project.ts'
import { createRepository } from '../registry/create-repository.ts'
import { addGroupMember, createGroup, removeGroupMember } from './change-group.ts'
import { createAccount } from './create-account.ts'
import { createToken } from './create-token.ts'
import { grantRole, revokeRole } from './grant-role.ts'
import { disableAccount, enableAccount } from './lock-account.ts'
import { revokeToken } from './revoke-token.ts'
import { setPassword } from './set-password.ts'

let core: TestCore
beforeAll(async () => {
  core = await openCore(accessModels)
  await core.run(createProject, { project: 'main' }, core.system)
  await core.run(createRepository, { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' }, core.system)
})
afterAll(() => core.close())

const sql = () => core.database.database.interactive
const caller = (principal: Principal): Caller => ({ principal, correlationId: 'test' })

/** A new account, and a caller with the roles that it has now. */
const person = async (login: string, password?: string) => {
  const input = { account: login, kind: 'human', ...(password === undefined ? {} : { password }) } as const
  const { id } = await core.run(createAccount, input, core.system)
  const as = async (via = 'password', limits?: Principal['limits']): Promise<Caller> => {
    const { kind, grants } = (await accountWithRoles(sql(), id))!
    return caller({ accountId: id, kind, via, grants, ...(limits === undefined ? {} : { limits }) })
  }
  return { id, as }
}

const everythingStored = async (): Promise<string> => {
  const events = await core.store.readAll('0'.repeat(20), 10_000)
  const results = await sql()`select payload_hash, result from command_results`
  return JSON.stringify([events, results])
}

describe('accounts', () => {
  it('are created once per login, and nothing of the login or the password is in the log', async () => {
    const { id } = await person('lovelace', 'correct horse battery')
    await expect(core.run(createAccount, { account: 'lovelace', kind: 'human' }, core.system)).rejects.toMatchObject({
      code: 'already-exists',
    })
    expect(await accountWithRoles(sql(), id)).toMatchObject({ kind: 'human', status: 'active', grants: [] })
    expect(await core.dependencies.vault.accounts.byId(id)).toMatchObject({ login: 'lovelace', confirmed: true })
    const stored = await everythingStored()
    expect(stored).not.toContain('lovelace')
    expect(stored).not.toContain('correct horse')
  })

  it('are listed by id', async () => {
    await person('first-listed')
    await person('second-listed')
    const all = await listAccounts(sql(), '', 1000)
    expect(all.length).toBeGreaterThanOrEqual(2)
    expect(await listAccounts(sql(), all[0]!.accountId, 1)).toEqual([all[1]])
  })

  it.each(['Ada', 'a b', '-a', 'a@b.example', 'x'.repeat(65)])('have no login %s', async (account) => {
    await expect(core.run(createAccount, { account, kind: 'human' }, core.system)).rejects.toMatchObject({
      code: 'invalid-input',
    })
  })

  it('are created by one of ten who want the login at once', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => core.run(createAccount, { account: 'race', kind: 'service' }, core.system)),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('are found once and for all when a repeat comes with the same key, and a password tells payloads apart', async () => {
    const keyed = { ...core.system, key: newId() }
    const input = { account: 'keyed', kind: 'human', password: 'a secret of mine' } as const
    const first = await core.run(createAccount, input, keyed)
    expect(await core.run(createAccount, input, keyed)).toEqual(first)
    await expect(core.run(createAccount, { ...input, password: 'another secret' }, keyed)).rejects.toMatchObject({
      code: 'idempotency-mismatch',
    })
    expect(await everythingStored()).not.toContain('secret of mine')
  })

  it('get a login that a crash left reserved, once no append can be under way any more', async () => {
    const { vault } = core.dependencies
    await vault.accounts.reserve({ accountId: newId(), login: 'orphan', kind: 'human' })
    const creation = () => core.run(createAccount, { account: 'orphan', kind: 'human' }, core.system)
    await expect(creation()).rejects.toMatchObject({ code: 'already-exists' })
    await sql()`update vault_accounts set reserved_at = now() - interval '6 minutes' where login = 'orphan'`
    const { id } = await creation()
    expect(await vault.accounts.byLogin('orphan')).toMatchObject({ accountId: id, confirmed: true })
  })

  it('keep a login whose confirmation a crash prevented', async () => {
    const { id } = await person('unconfirmed')
    await sql()`update vault_accounts set confirmed = false, reserved_at = now() - interval '1 day' where account_id = ${id}`
    await expect(core.run(createAccount, { account: 'unconfirmed', kind: 'human' }, core.system)).rejects.toMatchObject(
      { code: 'already-exists' },
    )
    expect(await core.dependencies.vault.accounts.byId(id)).toMatchObject({ confirmed: true })
  })

  it('are locked and let in by a manager, but not by themselves', async () => {
    const { id, as } = await person('locked')
    await core.run(grantRole, { role: 'admin', account: 'locked', scope: 'system' }, core.system)
    await expect(core.run(disableAccount, { account: 'locked' }, await as())).rejects.toMatchObject({
      code: 'forbidden',
    })
    await core.run(disableAccount, { account: 'locked' }, core.system)
    expect((await accountWithRoles(sql(), id))?.status).toBe('disabled')
    await core.run(enableAccount, { account: 'locked' }, core.system)
    expect((await accountWithRoles(sql(), id))?.status).toBe('active')
    await expect(core.run(disableAccount, { account: 'nobody' }, core.system)).rejects.toMatchObject({
      code: 'not-found',
    })
  })

  it('are not created, locked or put into groups by those who do not manage the system', async () => {
    const { as } = await person('ordinary')
    await core.run(grantRole, { role: 'admin', account: 'ordinary', scope: 'main' }, core.system)
    const ordinary = await as()
    const attempts = [
      () => core.run(createAccount, { account: 'more', kind: 'human' }, ordinary),
      () => core.run(disableAccount, { account: 'lovelace' }, ordinary),
      () => core.run(enableAccount, { account: 'lovelace' }, ordinary),
      () => core.run(createGroup, { group: 'more' }, ordinary),
      () => core.run(addGroupMember, { group: 'more', account: 'ordinary' }, ordinary),
      () => core.run(removeGroupMember, { group: 'more', account: 'ordinary' }, ordinary),
      () => core.run(setPassword, { account: 'lovelace', password: 'long enough' }, ordinary),
      () => core.run(createToken, { name: 'x', account: 'lovelace' }, ordinary),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: 'forbidden' })
  })
})

describe('passwords', () => {
  const outcome = async (login: string, password: string) =>
    (await core.dependencies.vault.passwords.check({ login, password })).outcome

  it('are changed by their owner, who knows the current one', async () => {
    const { as } = await person('changer', 'the old password')
    const own = await as()
    const change = (currentPassword?: string) =>
      core.run(
        setPassword,
        { password: 'the new password', ...(currentPassword === undefined ? {} : { currentPassword }) },
        own,
      )
    await expect(change()).rejects.toMatchObject({ code: 'invalid-input' })
    await expect(change('not the old one')).rejects.toMatchObject({ code: 'forbidden' })
    await change('the old password')
    expect(await outcome('changer', 'the new password')).toBe('right')
    expect(await outcome('changer', 'the old password')).toBe('wrong')
  })

  it('cannot be guessed by who holds only a token', async () => {
    const { as } = await person('victim', 'the real password')
    const thief = await as('token:stolen')
    const guess = (currentPassword: string) =>
      core.run(setPassword, { password: 'taken over!', currentPassword }, thief)
    for (let tried = 0; tried < 5; tried++)
      await expect(guess(`wrong password ${tried}`)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(guess('the real password')).rejects.toMatchObject({ code: 'too-many-attempts', retryAfter: 1 })
  })

  it('are given to others by a manager of the system', async () => {
    const { as } = await person('without')
    await expect(core.run(setPassword, { password: 'my own choice' }, await as())).rejects.toMatchObject({
      code: 'forbidden',
    })
    await core.run(setPassword, { account: 'without', password: 'a first password' }, core.system)
    expect(await outcome('without', 'a first password')).toBe('right')
    await expect(core.run(setPassword, { account: 'without', password: 'short' }, core.system)).rejects.toMatchObject({
      code: 'invalid-input',
    })
  })
})

describe('groups', () => {
  it('lend their roles to their members', async () => {
    const { id } = await person('member')
    await core.run(createGroup, { group: 'staff' }, core.system)
    await core.run(grantRole, { role: 'developer', group: 'staff', scope: 'main/npm' }, core.system)
    await core.run(grantRole, { role: 'viewer', account: 'member', scope: 'main' }, core.system)
    await core.run(addGroupMember, { group: 'staff', account: 'member' }, core.system)
    expect((await accountWithRoles(sql(), id))?.grants).toEqual([
      { role: 'viewer', scope: 'main' },
      { role: 'developer', scope: 'main/npm' },
    ])
    expect(await groupsOf(sql(), id)).toEqual(['staff'])
    expect(await membersOf(sql(), 'staff')).toEqual([id])
    await core.run(removeGroupMember, { group: 'staff', account: 'member' }, core.system)
    expect((await accountWithRoles(sql(), id))?.grants).toEqual([{ role: 'viewer', scope: 'main' }])
    expect(await membersOf(sql(), 'staff')).toEqual([])
  })

  it('have a name of their own and only accounts that exist', async () => {
    await core.run(createGroup, { group: 'unique' }, core.system)
    await expect(core.run(createGroup, { group: 'unique' }, core.system)).rejects.toMatchObject({
      code: 'already-exists',
    })
    await expect(core.run(addGroupMember, { group: 'unique', account: 'nobody' }, core.system)).rejects.toMatchObject({
      code: 'not-found',
    })
  })
})

describe('roles', () => {
  it('are granted by managers of the place, and taken back on exactly the scope they were granted on', async () => {
    const { id, as } = await person('lead')
    await person('newcomer')
    await core.run(grantRole, { role: 'admin', account: 'lead', scope: 'main/npm' }, core.system)
    const lead = await as()
    const grant = { role: 'developer', account: 'newcomer', scope: 'main/npm:@acme/*' } as const
    await core.run(grantRole, grant, lead)
    await core.run(grantRole, grant, lead)
    await core.run(revokeRole, { ...grant, scope: 'main/npm' }, lead)
    const inMain = await listGrants(sql(), 'main')
    expect(inMain.filter(({ scope }) => scope === grant.scope)).toHaveLength(1)
    expect(inMain).toContainEqual(
      expect.objectContaining({ role: 'admin', scope: 'main/npm', subject: { kind: 'account', id } }),
    )
    await core.run(revokeRole, grant, lead)
    expect((await listGrants(sql(), 'main')).filter(({ scope }) => scope === grant.scope)).toEqual([])
    await expect(core.run(grantRole, { ...grant, scope: 'main' }, lead)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(core.run(grantRole, { ...grant, scope: 'system' }, lead)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('for names in a repository are granted by those who manage all of it only', async () => {
    const { as } = await person('narrow')
    await core.run(grantRole, { role: 'admin', account: 'narrow', scope: 'main/npm:@acme/*' }, core.system)
    const grant = { role: 'viewer', account: 'narrow', scope: 'main/npm:@acme/*' } as const
    await expect(core.run(grantRole, grant, await as())).rejects.toMatchObject({ code: 'forbidden' })
  })

  it.each([
    [{ scope: 'main' }, 'invalid-input'],
    [{ scope: 'main', account: 'lovelace', group: 'staff' }, 'invalid-input'],
    [{ scope: 'main', account: 'nobody' }, 'not-found'],
    [{ scope: 'main', group: 'nobodies' }, 'not-found'],
    [{ scope: 'mian', account: 'lovelace' }, 'not-found'],
    [{ scope: 'main/npn', account: 'lovelace' }, 'not-found'],
    [{ scope: 'Main', account: 'lovelace' }, 'invalid-input'],
  ])('need one subject and a place that exist: %j is %s', async (input, code) => {
    await expect(core.run(grantRole, { role: 'viewer', ...input }, core.system)).rejects.toMatchObject({ code })
  })
})

describe('tokens', () => {
  it('are made by their owner, shown once, and kept as a hash', async () => {
    const { id, as } = await person('owner')
    const keyed = { ...(await as()), key: newId() }
    const input = {
      name: 'Nightly build',
      expiresAt: '2999-01-01T00:00:00Z',
      actions: ['read' as const],
      cidrs: ['10.0.0.0/8'],
    }
    const created = await core.run(createToken, input, keyed)
    expect(created.token).toMatch(/^wbt_[\w-]{43}$/)
    await expect(core.run(createToken, input, keyed)).rejects.toMatchObject({ code: 'secret-already-shown' })
    expect(await tokenById(sql(), created.id)).toMatchObject({
      accountId: id,
      expiresAt: '2999-01-01T00:00:00.000Z',
      actions: ['read'],
      scopes: undefined,
      cidrs: ['10.0.0.0/8'],
    })
    expect((await tokensOf(sql(), id)).map(({ tokenId }) => tokenId)).toEqual([created.id])
    expect(await core.dependencies.vault.tokens.byIds([created.id])).toMatchObject(
      new Map([[created.id, { name: 'Nightly build' }]]),
    )
    expect(await everythingStored()).not.toContain(created.token)
    expect(await everythingStored()).not.toContain('Nightly')
  })

  it('are not made twice by a repeat that comes after a crash before the answer', async () => {
    const { as } = await person('crashed')
    const keyed = { ...(await as()), key: newId() }
    await core.run(createToken, { name: 'lost' }, keyed)
    await sql()`update command_results set result = null`
    await expect(core.run(createToken, { name: 'lost' }, keyed)).rejects.toMatchObject({
      code: 'secret-already-shown',
    })
  })

  it('are made for others by managers of the system', async () => {
    const { id } = await person('robot')
    const created = await core.run(createToken, { name: 'deploy', account: 'robot' }, core.system)
    expect((await tokenById(sql(), created.id))?.accountId).toBe(id)
    await expect(core.run(createToken, { name: 'own' }, core.system)).rejects.toMatchObject({ code: 'invalid-input' })
    await core.run(disableAccount, { account: 'robot' }, core.system)
    await expect(core.run(createToken, { name: 'late', account: 'robot' }, core.system)).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it('that make tokens do not make wider ones, and none once revoked', async () => {
    const { as } = await person('maker')
    const own = await as()
    const limits = { actions: ['read' as const], scopes: ['main/npm'], cidrs: ['10.0.0.0/8'] }
    const narrow = await core.run(createToken, { name: 'narrow', ...limits }, own)
    const withNarrow = await as(`token:${narrow.id}`, { actions: ['read'], scopes: ['main/npm'] })
    const child = await core.run(createToken, { name: 'child' }, withNarrow)
    expect(await tokenById(sql(), child.id)).toMatchObject(limits)
    await expect(core.run(createToken, { name: 'wide', scopes: ['main'] }, withNarrow)).rejects.toMatchObject({
      code: 'forbidden',
    })
    await core.run(revokeToken, { id: narrow.id }, own)
    await expect(core.run(createToken, { name: 'late' }, withNarrow)).rejects.toMatchObject({
      code: 'unauthenticated',
    })
  })

  it('are revoked by their owner or a manager; others learn nothing of them', async () => {
    const [{ as: asOwner }, { as: asOther }] = [await person('revoker'), await person('other')]
    const [owner, other] = [await asOwner(), await asOther()]
    const { id } = await core.run(createToken, { name: 'mine' }, owner)
    const second = await core.run(createToken, { name: 'second' }, owner)
    const known = await core.run(revokeToken, { id }, other).catch((error: unknown) => String(error))
    const unknown = await core.run(revokeToken, { id: newId() }, other).catch((error: unknown) => String(error))
    expect(known).toBe(unknown)
    expect(known).toContain('manage')
    await core.run(revokeToken, { id }, owner)
    await core.run(revokeToken, { id }, owner)
    expect(await tokenById(sql(), id)).toBeUndefined()
    await core.run(revokeToken, { id: second.id }, core.system)
    expect(await tokenById(sql(), second.id)).toBeUndefined()
    await expect(core.run(revokeToken, { id: newId() }, core.system)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('that are limited may end themselves, but not the others of their account', async () => {
    const { as } = await person('self')
    const own = await as()
    const one = await core.run(createToken, { name: 'one', actions: ['read'] }, own)
    const two = await core.run(createToken, { name: 'two' }, own)
    const withOne = await as(`token:${one.id}`, { actions: ['read'] })
    await expect(core.run(revokeToken, { id: two.id }, withOne)).rejects.toMatchObject({ code: 'forbidden' })
    await core.run(revokeToken, { id: one.id }, withOne)
    expect(await tokenById(sql(), one.id)).toBeUndefined()
  })
})

it('every access command asks for credentials', async () => {
  const nobody = { principal: undefined, correlationId: randomBytes(4).toString('hex') }
  await expect(core.run(createGroup, { group: 'x' }, nobody)).rejects.toMatchObject({ code: 'unauthenticated' })
  await expect(core.run(createToken, { name: 'x' }, nobody)).rejects.toMatchObject({ code: 'unauthenticated' })
})
