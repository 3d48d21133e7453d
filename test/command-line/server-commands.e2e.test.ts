import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { newPerson, type Person } from './calls.ts'

let waybill: WaybillProcess
let admin: Person

const signIn = (person: Person) =>
  person.call(['login', '--server', waybill.url, '--account', 'admin', '--password-stdin'], {
    input: `${waybill.adminPassword}\n`,
  })

beforeAll(async () => {
  waybill = await startWaybill()
  admin = await newPerson()
  expect(await signIn(admin)).toMatchObject({ code: 0, stdout: `signed in to ${waybill.url} as admin\n`, stderr: '' })
})

afterAll(async () => {
  await admin[Symbol.asyncDispose]()
  await waybill.stop()
})

const kept = (person: Person): string => join(person.folder, '.config', 'waybill', 'config.json')

describe('signing in', () => {
  it('keeps a token in a file for its owner alone, by which later calls are signed in', async () => {
    expect((await stat(kept(admin))).mode & 0o777).toBe(0o600)
    expect((await stat(join(admin.folder, '.config', 'waybill'))).mode & 0o777).toBe(0o700)
    const tokens = await admin.json<{ name: string; account: { login: string } }[]>(['token', 'list'])
    expect(tokens).toMatchObject([
      { name: expect.stringContaining('waybill command on') as string, account: { login: 'admin' } },
    ])
  })

  it('is refused with a wrong password, and keeps nothing', async () => {
    await using stranger = await newPerson()
    const { code, stdout, stderr } = await stranger.call(
      ['login', '--server', waybill.url, '--account', 'admin', '--password-stdin'],
      { input: 'wrong\n' },
    )
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toMatch(/^waybill: .* refused the credentials: [^\n]+\n$/)
    await expect(stat(kept(stranger))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('asks nobody where there is nobody to ask', async () => {
    await using stranger = await newPerson()
    const { code, stderr } = await stranger.call(['login', '--server', waybill.url])
    expect(code).toBe(2)
    expect(stderr).toContain('--password-stdin')
  })

  it('takes no token from a file that others can read', async () => {
    await using careless = await newPerson()
    await signIn(careless)
    await chmod(kept(careless), 0o644)
    const { code, stderr } = await careless.call(['repo', 'list'])
    expect(code).toBe(1)
    expect(stderr).toContain(`chmod 600 ${kept(careless)}`)
  })

  it('sends no kept token to another server', async () => {
    await using other = await startWaybill()
    const { code, stderr } = await admin.call(['token', 'list', '--server', other.url])
    expect(code).toBe(4)
    expect(stderr).toContain('wants credentials')
  })

  it('ends with logout: the token works no more, and is kept no more', async () => {
    await using person = await newPerson()
    await signIn(person)
    const { tokens } = JSON.parse(await readFile(kept(person), 'utf8')) as { tokens: Record<string, { token: string }> }
    const token = tokens[waybill.url]?.token ?? ''
    expect((await person.done(['logout'])).trim()).toBe(`signed out of ${waybill.url}`)
    expect(await readFile(kept(person), 'utf8')).not.toContain('wbt_')
    const environment = { WAYBILL_SERVER: waybill.url, WAYBILL_TOKEN: token }
    const { code, stderr } = await person.call(['token', 'list'], { env: environment })
    expect({ code, stderr }).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('refused the credentials') as string,
    })
    expect((await person.call(['logout', '--server', waybill.url])).code).toBe(2)
  })

  it('is said to be needed when no server is known', async () => {
    await using stranger = await newPerson()
    const { code, stderr } = await stranger.call(['repo', 'list'])
    expect(code).toBe(2)
    expect(stderr).toContain('waybill login --server URL')
  })
})

describe('tokens', () => {
  it('are made alone on standard output, used by environment and by standard input, listed and revoked', async () => {
    const { stdout, stderr } = await admin.call(['token', 'create', 'ci', '--action', 'read', '--scope', 'main/npm'])
    const token = stdout.trim()
    expect(token).toMatch(/^wbt_\S+$/)
    const id = /token (\S+), shown only this once/.exec(stderr)?.[1] ?? ''
    const listed = await admin.done(['token', 'list'])
    expect(listed.split('\n').find((line) => line.startsWith(id))).toMatch(/ ci .*read main\/npm$/)

    await using ci = await newPerson({ WAYBILL_SERVER: waybill.url })
    const seen = await ci.json<{ repository: string }[]>(['repo', 'list'], { env: { WAYBILL_TOKEN: token } })
    expect(seen.map(({ repository }) => repository)).toEqual(['npm'])
    expect(await ci.json(['repo', 'list', '--token-stdin'], { input: `${token}\n` })).toEqual(seen)
    const refused = await ci.call(['repo', 'create', 'main/x', '--format', 'npm'], { env: { WAYBILL_TOKEN: token } })
    expect(refused.code).toBe(4)

    expect(await admin.done(['token', 'revoke', id])).toBe(`revoked ${id}\n`)
    expect((await ci.call(['repo', 'list'], { env: { WAYBILL_TOKEN: token } })).code).toBe(4)
  })

  it('that are not there cannot be revoked', async () => {
    const { code, stderr } = await admin.call(['token', 'revoke', 'nothing', '--json'])
    expect(code).toBe(3)
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'not-found' } })
  })
})

describe('repositories', () => {
  it('are created, shown as they are and as they were, listed and deleted', async () => {
    await admin.done(['repo', 'create', 'main/files', '--format', 'generic', '--overwrite', '--description', 'any'])
    const shown = await admin.done(['repo', 'show', 'main/files'])
    expect(shown).toMatch(/^format +generic$/m)
    expect(shown).toMatch(/^overwrite +yes$/m)
    expect(await admin.done(['repo', 'list', '--project', 'main'])).toMatch(
      /^main\/files +generic +hosted +no +yes +any$/m,
    )
    const { position } = await admin.json<{ position: string }>(['repo', 'delete', 'main/files', '--yes'])
    expect((await admin.call(['repo', 'show', 'main/files'])).code).toBe(3)
    const before = String(BigInt(position) - 1n).padStart(20, '0')
    expect(await admin.json(['repo', 'show', 'main/files', '--as-of', before])).toMatchObject({ repository: 'files' })
  })

  it('of the same name conflict', async () => {
    const { code, stderr } = await admin.call(['repo', 'create', 'main/npm', '--format', 'npm'])
    expect({ code, stderr }).toEqual({ code: 6, stderr: 'waybill: There is a repository main/npm already\n' })
  })

  it('are not deleted without being asked for it twice', async () => {
    const { code, stderr } = await admin.call(['repo', 'delete', 'main/npm'])
    expect(code).toBe(2)
    expect(stderr).toContain('--yes')
    expect((await admin.call(['repo', 'show', 'main/npm'])).code).toBe(0)
  })

  it('need a server that is there', async () => {
    const { code, stderr } = await admin.call(['repo', 'list', '--server', 'http://127.0.0.1:9'])
    expect(code).toBe(5)
    expect(stderr).toBe('waybill: http://127.0.0.1:9 cannot be reached: nothing listens there: is Waybill started?\n')
  })
})
