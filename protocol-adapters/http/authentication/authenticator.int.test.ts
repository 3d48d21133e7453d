import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addGroupMember, createGroup, removeGroupMember } from '../../../commands/access/change-group.ts'
import { createAccount } from '../../../commands/access/create-account.ts'
import { createToken } from '../../../commands/access/create-token.ts'
import { grantRole, revokeRole } from '../../../commands/access/grant-role.ts'
import { disableAccount, enableAccount } from '../../../commands/access/lock-account.ts'
import { revokeToken } from '../../../commands/access/revoke-token.ts'
import { setPassword } from '../../../commands/access/set-password.ts'
import type { Principal } from '../../../domain/access/authorise.ts'
import { parseCidr } from '../../../platform/config/cidr.ts'
import { startTail, type Tail } from '../../../platform/event-store/tail.ts'
import { openPostgresVault } from '../../../platform/vault/postgres-vault.ts'
import type { Vault } from '../../../platform/vault/vault.ts'
import { accessModels } from '../../../projections/access-models.ts'
import { openCore, silent, type TestCore } from '../../../test/core.ts'
import { createAuthenticator, type Authenticator } from './authenticator.ts'
import type { ArrivedRequest } from './client-address.ts'

const clock = { time: Date.parse('2026-11-24T12:00:00Z'), now: () => clock.time }

let core: TestCore
let vault: Vault
let authenticator: Authenticator
/** Another gateway on the same store. */
let otherTail: Tail
let elsewhere: Authenticator
beforeAll(async () => {
  core = await openCore(accessModels)
  const sql = core.database.database.interactive
  const { progress } = core.projector
  const trustedProxies = [parseCidr('10.0.0.1')!]
  vault = openPostgresVault({ sql, clock })
  const common = { vault, sql, progress, clock, log: silent, trustedProxies }
  authenticator = createAuthenticator({ ...common, tail: core.tail })
  otherTail = await startTail(core.store, { log: silent })
  elsewhere = createAuthenticator({ ...common, tail: otherTail })
})
afterAll(async () => {
  await otherTail.stop()
  await core.close()
})

const request = (authorization?: string, address = '192.0.2.1', forwarded?: string): ArrivedRequest => ({
  headers: {
    ...(authorization === undefined ? {} : { authorization }),
    ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
  },
  socket: { remoteAddress: address },
})
const bearer = (token: string, address?: string, forwarded?: string) => request(`Bearer ${token}`, address, forwarded)
const basic = (login: string, password: string, address?: string) =>
  request(`Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`, address)

const PASSWORD = 'correct horse'
const person = async (login: string, limits = {}) => {
  const { id } = await core.run(createAccount, { account: login, kind: 'human', password: PASSWORD }, core.system)
  const { id: tokenId, token } = await core.run(createToken, { name: login, account: login, ...limits }, core.system)
  return { id, tokenId, token }
}

const grantsOf = async (asked: ArrivedRequest) => (await authenticator.authenticate(asked))?.grants
const refused = async (asked: ArrivedRequest, by = authenticator) =>
  expect(by.authenticate(asked)).rejects.toMatchObject({ code: 'unauthenticated' })

describe('a request', () => {
  it('without credentials is nobody’s', async () => {
    expect(await authenticator.authenticate(request())).toBeUndefined()
    expect(authenticator.peek(request())).toBeUndefined()
  })

  it('with a token or a password is its account’s', async () => {
    const { id, tokenId, token } = await person('ada')
    const expected = { accountId: id, kind: 'human', grants: [] }
    const asToken = { ...expected, via: `token:${tokenId}` }
    expect(await authenticator.authenticate(bearer(token))).toEqual(asToken)
    expect(await authenticator.authenticate(basic('ada', token))).toEqual(asToken)
    expect(await authenticator.authenticate(basic('__token__', token))).toEqual(asToken)
    expect(await authenticator.authenticate(basic('Ada', PASSWORD))).toEqual({ ...expected, via: 'password' })
    expect(await authenticator.byToken(token, request())).toEqual(asToken)
    expect(await authenticator.byPassword('ada', PASSWORD, request())).toEqual({ ...expected, via: 'password' })
    expect(await authenticator.ofAccount(id)).toEqual({ ...expected, via: 'session' })
  })

  it('with anything wrong is refused by one sentence', async () => {
    const { token } = await person('grace')
    const wrong = [
      bearer(`${token.slice(0, -2)}AA`),
      bearer('no token of ours'),
      basic('grace', 'wrong password'),
      basic('nobody', PASSWORD),
      request('Basic nonsense'),
      request('Negotiate YII='),
    ]
    const sentences = new Set<string>()
    for (const each of wrong) {
      expect(authenticator.peek(each)).toBe('ask')
      await refused(each)
      sentences.add(await authenticator.authenticate(each).then(() => '', String))
    }
    expect(sentences.size).toBe(1)
  })

  it('is known at once when it was known a moment ago, and not when the log has not been heard since', async () => {
    const { token } = await person('peeked')
    expect(authenticator.peek(bearer(token))).toBe('ask')
    const known = await authenticator.authenticate(bearer(token))
    await core.tail.confirm()
    expect(authenticator.peek(bearer(token))).toBe(known)
    await authenticator.authenticate(basic('peeked', PASSWORD))
    await core.tail.confirm()
    expect(authenticator.peek(basic('peeked', PASSWORD))).toMatchObject({ via: 'password' })
    expect(authenticator.peek(basic('peeked', `${PASSWORD}!`))).toBe('ask')
    const heard = core.tail.confirmedAt
    const late = vi.spyOn(performance, 'now').mockReturnValue(heard + 101)
    expect(authenticator.peek(bearer(token))).toBe('ask')
    late.mockRestore()
  })
})

describe('what was changed counts as soon as the command has answered', () => {
  /** Both authenticators know it, so that only an event can make them forget. */
  const warm = async (...requests: ArrivedRequest[]) => {
    for (const each of requests) for (const by of [authenticator, elsewhere]) await by.authenticate(each)
  }

  it('a revoked token', async () => {
    const { tokenId, token } = await person('revoked')
    await warm(bearer(token), basic('x', token))
    await core.run(revokeToken, { id: tokenId }, core.system)
    expect(authenticator.peek(bearer(token))).toBe('ask')
    await refused(bearer(token))
    await refused(basic('x', token))
  })

  it('a revoked token in another gateway, within 100 ms', async () => {
    const { tokenId, token } = await person('revoked-elsewhere')
    await warm(bearer(token))
    await core.run(revokeToken, { id: tokenId }, core.system)
    const answered = performance.now()
    let served = answered
    while (elsewhere.peek(bearer(token)) !== 'ask') {
      served = performance.now()
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(served - answered).toBeLessThan(110)
    await refused(bearer(token), elsewhere)
  })

  it('a locked account, with its password and its tokens, and one that is let in again', async () => {
    const { token } = await person('locked')
    await warm(bearer(token), basic('locked', PASSWORD))
    await core.run(disableAccount, { account: 'locked' }, core.system)
    await refused(bearer(token))
    await refused(basic('locked', PASSWORD))
    await core.run(enableAccount, { account: 'locked' }, core.system)
    expect(await grantsOf(bearer(token))).toEqual([])
    expect(await grantsOf(basic('locked', PASSWORD))).toEqual([])
  })

  it('a changed password', async () => {
    const { token } = await person('changed')
    await warm(basic('changed', PASSWORD), bearer(token))
    await core.run(setPassword, { account: 'changed', password: 'another horse' }, core.system)
    expect(authenticator.peek(basic('changed', PASSWORD))).toBe('ask')
    await refused(basic('changed', PASSWORD))
    await refused(basic('changed', PASSWORD), elsewhere)
    expect(await grantsOf(basic('changed', 'another horse'))).toEqual([])
    expect(await grantsOf(bearer(token))).toEqual([])
  })

  it('roles, also by a group', async () => {
    const { token } = await person('roles')
    await core.run(createGroup, { group: 'operators' }, core.system)
    const system = { scope: 'system', role: 'viewer' } as const
    await core.run(grantRole, { ...system, group: 'operators' }, core.system)
    const grants = () => Promise.all([bearer(token), basic('roles', PASSWORD)].map(grantsOf))
    const viewer = [{ role: 'viewer', scope: 'system' }]
    expect(await grants()).toEqual([[], []])
    await core.run(addGroupMember, { group: 'operators', account: 'roles' }, core.system)
    expect(await grants()).toEqual([viewer, viewer])
    await core.run(revokeRole, { ...system, group: 'operators' }, core.system)
    expect(await grants()).toEqual([[], []])
    await core.run(grantRole, { ...system, group: 'operators' }, core.system)
    expect(await grants()).toEqual([viewer, viewer])
    await core.run(removeGroupMember, { group: 'operators', account: 'roles' }, core.system)
    expect(await grants()).toEqual([[], []])
    await core.run(grantRole, { ...system, account: 'roles' }, core.system)
    expect(await grants()).toEqual([viewer, viewer])
  })

  it('a password check that began before the change is not remembered after it', async () => {
    await person('slow')
    const check = vault.passwords.check
    const spy = vi.spyOn(vault.passwords, 'check').mockImplementationOnce(async (attempt) => {
      const verdict = await check(attempt)
      await core.run(setPassword, { account: 'slow', password: 'another horse' }, core.system)
      return verdict
    })
    await authenticator.authenticate(basic('slow', PASSWORD))
    spy.mockRestore()
    expect(authenticator.peek(basic('slow', PASSWORD))).toBe('ask')
    await refused(basic('slow', PASSWORD))
  })
})

describe('a token', () => {
  it('has its limits', async () => {
    const { token } = await person('limited', { actions: ['read'], scopes: ['main/npm'] })
    expect(await authenticator.authenticate(bearer(token))).toMatchObject({
      limits: { actions: ['read'], scopes: ['main/npm'] },
    })
  })

  it('works until it expires, also from memory', async () => {
    const expiresAt = new Date(clock.time + 5_000).toISOString().replace('2026', '2099')
    const { token } = await person('expiring', { expiresAt })
    await authenticator.authenticate(bearer(token))
    const before = clock.time
    clock.time = Date.parse(expiresAt) - 1
    await core.tail.confirm()
    expect(authenticator.peek(bearer(token))).toMatchObject({ kind: 'human' })
    clock.time += 1
    expect(authenticator.peek(bearer(token))).toBe('ask')
    await refused(bearer(token))
    clock.time = before
  })

  it('works from its networks only, whatever anybody claims to be forwarding', async () => {
    const { token } = await person('networked', { cidrs: ['198.51.100.0/24', '2001:db8::/32'] })
    for (const address of ['198.51.100.7', '2001:db8::7', '::ffff:198.51.100.8'])
      expect(await grantsOf(bearer(token, address))).toEqual([])
    await core.tail.confirm()
    expect(authenticator.peek(bearer(token, '192.0.2.1'))).toBe('ask')
    await refused(bearer(token, '192.0.2.1'))
    await refused(bearer(token, '192.0.2.1', '198.51.100.7'))
    expect(await grantsOf(bearer(token, '10.0.0.1', '198.51.100.7'))).toEqual([])
  })
})

describe('guessing', () => {
  it('is slowed down, does not stop tokens or who signed in a moment ago, and ends with a wait', async () => {
    const { token } = await person('target')
    await authenticator.authenticate(basic('target', PASSWORD, '192.0.2.50'))
    for (let tried = 0; tried < 5; tried++) await refused(basic('target', `guess ${tried}`, '203.0.113.1'))
    await expect(authenticator.authenticate(basic('target', PASSWORD, '203.0.113.1'))).resolves.toBeDefined()
    await expect(elsewhere.authenticate(basic('target', PASSWORD, '203.0.113.2'))).rejects.toMatchObject({
      code: 'too-many-attempts',
      retryAfter: 1,
    })
    expect(await grantsOf(bearer(token, '203.0.113.1'))).toEqual([])
    clock.time += 1_000
    await expect(elsewhere.authenticate(basic('target', PASSWORD, '203.0.113.2'))).resolves.toBeDefined()
  })
})

it('a verified password is checked again after a minute', async () => {
  await person('minute')
  const check = vi.spyOn(vault.passwords, 'check')
  const ask = (): Promise<Principal | undefined> => authenticator.authenticate(basic('minute', PASSWORD))
  await ask()
  await ask()
  expect(check).toHaveBeenCalledTimes(1)
  clock.time += 60_000
  await ask()
  expect(check).toHaveBeenCalledTimes(2)
  check.mockRestore()
})

it('no permission is given from before a change that the read models have not reached', async () => {
  const { token } = await person('lagging')
  const lagging = createAuthenticator({
    vault,
    sql: core.database.database.interactive,
    progress: { position: core.projector.progress.position, reached: () => Promise.resolve(false) },
    tail: core.tail,
    clock,
    log: silent,
    trustedProxies: [],
  })
  await expect(lagging.authenticate(bearer(token))).rejects.toMatchObject({ code: 'unavailable' })
})
