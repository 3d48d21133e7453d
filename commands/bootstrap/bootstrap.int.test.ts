import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FORMATS } from '../../domain/names.ts'
import { accessModels } from '../../projections/access-models.ts'
import { accountWithRoles } from '../../projections/accounts/queries.ts'
import { openCore, type TestCore } from '../../test/core.ts'
import { bootstrap, type BootstrapOptions } from './bootstrap.ts'
import type { CommandDependencies } from '../command.ts'
import { FoldCache } from '../fold-cache.ts'
import { postgresIdempotencyRecord } from '../idempotency.ts'
import { commandRunner } from '../run-command.ts'
import { revokeRole } from '../access/grant-role.ts'
import { setPassword } from '../access/set-password.ts'

class Killed extends Error {}

/** The same object, whose calls stop the process, as it were, at the given one: before it does anything, or after. */
const killable = <T extends object>(target: T, onCall: (done: boolean) => void): T =>
  new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member === 'object' && member !== null) return killable(member, onCall)
      if (typeof member !== 'function') return member
      return async (...given: unknown[]): Promise<unknown> => {
        onCall(false)
        const result: unknown = await Reflect.apply(member, target, given)
        onCall(true)
        return result
      }
    },
  })

const secretKey = randomBytes(32)
let core: TestCore
let dataFolder: string
beforeEach(async () => {
  core = await openCore(accessModels)
  dataFolder = await mkdtemp(join(tmpdir(), 'waybill-bootstrap-'))
})
afterEach(async () => {
  await core.close()
  await rm(dataFolder, { recursive: true, force: true })
})

/** A start of a process of its own; `killAt`: the call of the store, the vault or the record at which it dies. */
const start = async (options: Partial<BootstrapOptions> = {}, killAt = Infinity) => {
  let calls = 0
  let dead = false
  const onCall = (): void => {
    calls += 1
    // A process that was killed does nothing more, such as tidying up.
    if (dead || calls === killAt) {
      dead = true
      throw new Killed()
    }
  }
  const store = killable(core.store, onCall)
  const vault = killable(core.dependencies.vault, onCall)
  const record = killable(postgresIdempotencyRecord(core.database.database.interactive), onCall)
  const dependencies: CommandDependencies = { ...core.dependencies, store, vault, folds: new FoldCache(store) }
  const result = await bootstrap(commandRunner(dependencies, record, secretKey), dependencies, {
    dataFolder,
    ...options,
  })
  return { ...result, calls }
}

const writtenTypes = async (): Promise<readonly string[]> =>
  (await core.store.readAll('0'.repeat(20), 1000)).map(({ type }) => type).filter((type) => type !== 'StoreInitialised')

const EXPECTED = ['AccountCreated', 'ProjectCreated', ...FORMATS.map(() => 'RepositoryCreated'), 'RoleGranted']

const outcomeOf = async (password: string) =>
  (await core.dependencies.vault.passwords.check({ login: 'admin', password })).outcome

describe('the first start', () => {
  it('creates admin with a generated password, its project and a repository per format', async () => {
    const { created, password = '' } = await start()
    expect(created).toBe(true)
    expect(password).toMatch(/^[\w-]{24}$/)
    expect(await outcomeOf(password)).toBe('right')
    const file = join(dataFolder, 'admin-password')
    expect(await readFile(file, 'utf8')).toBe(`${password}\n`)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await writtenTypes()).toEqual(EXPECTED)
    const admin = await core.dependencies.vault.accounts.byLogin('admin')
    expect((await accountWithRoles(core.database.database.interactive, admin!.accountId))?.grants).toEqual([
      { role: 'admin', scope: 'system' },
    ])
  })

  it('takes a given password, and writes and returns none', async () => {
    expect(await start({ adminPassword: 'given by the operator' })).toMatchObject({ created: true })
    expect(await outcomeOf('given by the operator')).toBe('right')
    await expect(stat(join(dataFolder, 'admin-password'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses a given password that breaks the rules, before anything is done', async () => {
    await expect(start({ adminPassword: 'short' })).rejects.toMatchObject({ code: 'invalid-input' })
    expect(await writtenTypes()).toEqual([])
  })

  it('killed anywhere, is finished by the next one, with the same password and nothing twice', async () => {
    let killed = 0
    for (let finished = false; !finished;) {
      killed += 1
      finished = await start({}, killed).then(
        () => true,
        (error: unknown) => {
          if (error instanceof Killed) return false
          throw error
        },
      )
    }
    expect(killed).toBeGreaterThan(15)
    const password = (await readFile(join(dataFolder, 'admin-password'), 'utf8')).trim()
    expect(await outcomeOf(password)).toBe('right')
    expect(await writtenTypes()).toEqual(EXPECTED)
  })

  it('of several processes at once creates everything once, and one of them knows the password', async () => {
    const folders = [dataFolder, join(dataFolder, 'b'), join(dataFolder, 'c')]
    for (const folder of folders) await mkdir(folder, { recursive: true })
    const starts = await Promise.all(folders.map((folder) => start({ dataFolder: folder })))
    expect(await writtenTypes()).toHaveLength(EXPECTED.length)
    const passwords = starts.flatMap(({ password }) => password ?? [])
    expect(passwords).toHaveLength(1)
    expect(await outcomeOf(passwords[0]!)).toBe('right')
  })
})

describe('later starts', () => {
  it('change nothing, whatever was changed since', async () => {
    await start({ adminPassword: 'the first password' })
    await core.run(setPassword, { account: 'admin', password: 'changed since' }, core.system)
    await core.run(revokeRole, { role: 'admin', account: 'admin', scope: 'system' }, core.system)
    const before = await writtenTypes()
    expect(await start({ adminPassword: 'the first password' })).toMatchObject({ created: false })
    expect(await start()).toMatchObject({ created: false })
    expect(await writtenTypes()).toEqual(before)
    expect(await outcomeOf('changed since')).toBe('right')
    await expect(stat(join(dataFolder, 'admin-password'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('ask little to know that all is done', async () => {
    await start()
    expect((await start()).calls).toBeLessThanOrEqual(4)
  })
})
