import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate } from '../database/migrations.ts'
import { newId } from '../ids.ts'
import { vaultMigrations } from './migrations.ts'
import { openPostgresVault } from './postgres-vault.ts'
import type { Vault } from './vault.ts'

const clock = { time: Date.parse('2026-11-24T12:00:00Z'), now: () => clock.time }

let database: TestDatabase
let vault: Vault
beforeAll(async () => {
  database = await testDatabase()
  await migrate(database.database.long, vaultMigrations)
  vault = openPostgresVault({ sql: database.database.interactive, clock })
})
afterAll(() => database.drop())

const newAccount = async (login: string, password?: string) => {
  const accountId = newId()
  expect(await vault.accounts.reserve({ accountId, login, kind: 'human', password })).toBe(true)
  return accountId
}

describe('the accounts of the vault', () => {
  it('have logins that are one whatever their case', async () => {
    const accountId = await newAccount('ada.l')
    expect(await vault.accounts.reserve({ accountId: newId(), login: 'Ada.L', kind: 'human' })).toBe(false)
    expect(await vault.accounts.byLogin('ADA.l')).toMatchObject({ accountId, login: 'ada.l', hasPassword: false })
    expect(await vault.accounts.byLogin('ada')).toBeUndefined()
  })

  it('reserve a login again for the same account and change nothing', async () => {
    const accountId = await newAccount('grace', 'first password')
    const again = { accountId, login: 'grace', kind: 'human', password: 'second password' } as const
    expect(await vault.accounts.reserve(again)).toBe(true)
    expect(await vault.passwords.check({ login: 'grace', password: 'first password' })).toMatchObject({
      outcome: 'right',
      account: { accountId },
    })
  })

  it('give a login to one of fifty who want it at once', async () => {
    const ids = Array.from({ length: 50 }, () => newId())
    const got = await Promise.all(
      ids.map((accountId) => vault.accounts.reserve({ accountId, login: 'wanted', kind: 'service' })),
    )
    expect(got.filter(Boolean)).toHaveLength(1)
    expect((await vault.accounts.byLogin('wanted'))?.accountId).toBe(ids[got.indexOf(true)])
  })

  it('release a reservation, but not a confirmed account', async () => {
    const accountId = await newAccount('eve')
    await vault.accounts.release(accountId)
    expect(await vault.accounts.byLogin('eve')).toBeUndefined()
    expect(await vault.accounts.confirm(accountId)).toBe(false)
    const second = await newAccount('eve')
    expect(await vault.accounts.confirm(second)).toBe(true)
    await vault.accounts.release(second)
    expect(await vault.accounts.byLogin('eve')).toMatchObject({ accountId: second, confirmed: true })
  })

  it('tell the logins of many', async () => {
    const [one, two] = [await newAccount('one'), await newAccount('two')]
    expect(await vault.accounts.logins([one, two, newId()])).toEqual(
      new Map([
        [one, 'one'],
        [two, 'two'],
      ]),
    )
  })
})

describe('the passwords of the vault', () => {
  it('are kept as argon2id with the parameters that OWASP asks for', async () => {
    const accountId = await newAccount('hashed', 'correct horse')
    const [row] = await database.database.interactive<{ password_hash: string }[]>`
      select password_hash from vault_accounts where account_id = ${accountId}`
    expect(row?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  })

  it('are compared in their normal form, and no part of one is enough', async () => {
    await newAccount('unicode', 'pa\u0308sswo\u0308rd')
    const outcomes = await Promise.all(
      ['p\u00e4ssw\u00f6rd', 'p\u00e4ssw\u00f6r', 'passw\u00f6rd', ''].map(
        async (password) => (await vault.passwords.check({ login: 'Unicode', password })).outcome,
      ),
    )
    expect(outcomes).toEqual(['right', 'wrong', 'wrong', 'wrong'])
  })

  it('are wrong for a login that nobody has, that has none, or that is no login', async () => {
    await newAccount('tokens-only')
    for (const login of ['nobody', 'tokens-only', 'no\0login', 'x'.repeat(5000), '']) {
      const verdict = await vault.passwords.check({ login, password: 'whatever it is' })
      expect(verdict).toEqual({ outcome: 'wrong' })
    }
  })

  it('are changed, and given first only to an account that has none', async () => {
    const accountId = await newAccount('changed')
    await vault.passwords.setFirst(accountId, 'the first one')
    await vault.passwords.setFirst(accountId, 'a later one')
    expect((await vault.passwords.check({ login: 'changed', password: 'the first one' })).outcome).toBe('right')
    await vault.passwords.set(accountId, 'the second one')
    expect((await vault.passwords.check({ login: 'changed', password: 'the first one' })).outcome).toBe('wrong')
    expect((await vault.passwords.check({ login: 'changed', password: 'the second one' })).outcome).toBe('right')
  })

  it('are not even compared after too many wrong ones', async () => {
    await newAccount('guessed', 'the right one')
    const wrong = { login: 'guessed', password: 'a wrong one', address: '203.0.113.5' }
    for (let tried = 0; tried < 5; tried++) expect((await vault.passwords.check(wrong)).outcome).toBe('wrong')
    const right = { ...wrong, password: 'the right one' }
    expect(await vault.passwords.check(right)).toEqual({ outcome: 'wait', seconds: 1 })
    clock.time += 1000
    expect((await vault.passwords.check(right)).outcome).toBe('right')
  })

  it('cost as much to compare for a login that nobody has', async () => {
    await newAccount('known', 'some password')
    /** Processor time of this process, its threads included: unlike a clock it does not depend on what else runs. */
    const costOf = async (login: string): Promise<number> => {
      const costs: number[] = []
      for (let round = 0; round < 5; round++) {
        clock.time += 3_700_000
        const before = process.cpuUsage()
        await vault.passwords.check({ login, password: 'another password' })
        const { user, system } = process.cpuUsage(before)
        costs.push(user + system)
      }
      return Math.min(...costs)
    }
    const [known, unknown] = [await costOf('known'), await costOf('unknown')]
    expect(unknown).toBeGreaterThan(known / 2)
    expect(unknown).toBeLessThan(known * 2)
  })
})

describe('the tokens of the vault', () => {
  it('are found by the hash of their secret and by their id', async () => {
    const kept = { tokenId: newId(), accountId: newId(), name: 'CI — build', secretHash: 'ab'.repeat(32) }
    await vault.tokens.keep(kept)
    await vault.tokens.keep(kept)
    expect(await vault.tokens.byHash(kept.secretHash)).toEqual(kept)
    expect(await vault.tokens.byHash('cd'.repeat(32))).toBeUndefined()
    expect(await vault.tokens.byIds([kept.tokenId, newId()])).toEqual(new Map([[kept.tokenId, kept]]))
  })

  it('may have several secrets of which at most one was shown', async () => {
    const token = { tokenId: newId(), accountId: newId(), name: 'twice' }
    await vault.tokens.keep({ ...token, secretHash: '01'.repeat(32) })
    await vault.tokens.keep({ ...token, secretHash: '02'.repeat(32) })
    for (const secretHash of ['01'.repeat(32), '02'.repeat(32)])
      expect((await vault.tokens.byHash(secretHash))?.tokenId).toBe(token.tokenId)
  })
})

describe('the sign-ins of the vault', () => {
  const begin = async (clientAddress: string, most = 3) => {
    const signIn = {
      id: newId(),
      secretHash: newId(),
      clientName: 'npm on laptop',
      clientAddress,
      begunAt: clock.time,
      expiresAt: clock.time + 600_000,
    }
    return { begun: await vault.signIns.begin(signIn, most), ...signIn }
  }

  it('go from begun to taken, each step once and only in the session that began it', async () => {
    const { id, secretHash } = await begin('192.0.2.1')
    expect(await vault.signIns.byId(id, clock.time)).toMatchObject({ state: 'pending', clientName: 'npm on laptop' })
    expect(await vault.signIns.confirm(id, 'session', clock.time)).toBe(false)
    expect(await vault.signIns.take(id, clock.time)).toBe(false)
    expect(await vault.signIns.identify(id, 'mallory', 'other session', clock.time)).toBe(true)
    expect(await vault.signIns.identify(id, 'ada', 'session', clock.time)).toBe(true)
    expect(await vault.signIns.confirm(id, 'other session', clock.time)).toBe(false)
    expect(await vault.signIns.take(id, clock.time)).toBe(false)
    expect(await vault.signIns.confirm(id, 'session', clock.time)).toBe(true)
    expect(await vault.signIns.identify(id, 'mallory', 'other session', clock.time)).toBe(false)
    expect(await vault.signIns.byHash(secretHash, clock.time)).toMatchObject({ state: 'confirmed', accountId: 'ada' })
    const taken = await Promise.all(Array.from({ length: 8 }, () => vault.signIns.take(id, clock.time)))
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  it('expire, and are forgotten when the next one begins', async () => {
    const { id, secretHash } = await begin('192.0.2.2')
    clock.time += 600_000
    expect(await vault.signIns.byId(id, clock.time)).toBeUndefined()
    expect(await vault.signIns.byHash(secretHash, clock.time)).toBeUndefined()
    expect(await vault.signIns.identify(id, 'ada', 'session', clock.time)).toBe(false)
    await begin('192.0.2.2')
    const [row] = await database.database.interactive`select 1 from vault_sign_ins where id = ${id}`
    expect(row).toBeUndefined()
  })

  it('are begun by one address only so often', async () => {
    const begun = []
    for (let asked = 0; asked < 5; asked++) begun.push((await begin('192.0.2.3')).begun)
    expect(begun).toEqual([true, true, true, false, false])
    expect((await begin('192.0.2.4')).begun).toBe(true)
  })
})
