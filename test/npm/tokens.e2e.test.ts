import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registryClient } from '../registry-clients.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { person, registryOf, type Person } from './people.ts'

const [npm, npm10] = [await need('npm'), await need('npm 10')]

interface Created {
  readonly token: string
  readonly readonly: boolean
  readonly cidr_whitelist: readonly string[] | null
}
interface Listed extends Created {
  readonly id: string
  readonly name: string
}

describe.skipIf(npm.missing)('npm token', () => {
  let waybill: WaybillProcess
  let olga: Person
  let tom: Person

  beforeAll(async () => {
    waybill = await startWaybill()
    olga = await person(waybill, 'olga', [{ role: 'developer', scope: 'main' }])
    tom = await person(waybill, 'tom', [{ role: 'viewer', scope: 'main' }])
    await olga.publish({ name: '@acme/tokens', version: '1.0.0' })
  })
  afterAll(() => waybill.stop())

  const create = async (...args: string[]): Promise<Created> =>
    JSON.parse(await olga.npm('token', 'create', '--json', '--password', olga.password, ...args)) as Created
  const list = async (who = olga): Promise<Listed[]> => JSON.parse(await who.npm('token', 'list', '--json')) as Listed[]
  /** With the token, at the registry. */
  const ask = (token: string, path: string, method = 'GET'): Promise<Response> =>
    fetch(registryOf(waybill) + path, { method, headers: { authorization: `Bearer ${token}` } })
  const putTag = async (token: string): Promise<number> =>
    (
      await fetch(`${registryOf(waybill)}-/package/@acme%2ftokens/dist-tags/try`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '"1.0.0"',
      })
    ).status

  it('makes one for everything, for which it wants the password', async () => {
    const { token } = await create('--name', 'everything')
    expect(token).toMatch(/^wbt_/)
    expect(await ((await ask(token, '-/whoami')).json() as Promise<unknown>)).toEqual({ username: 'olga' })
    expect(await putTag(token)).toBe(201)
    expect(await olga.refused('token', 'create', '--password', 'a wrong password')).toContain(
      'The password is not that of your account',
    )
  })

  it('makes one for some packages, which only reads unless told otherwise', async () => {
    const reading = await create('--name', 'reads', '--scopes', '@acme', '--expires', '30')
    expect(reading).toMatchObject({ readonly: true, expires: expect.stringMatching(/^\d{4}-/) as string })
    expect((await ask(reading.token, '@acme%2ftokens')).status).toBe(200)
    expect(await putTag(reading.token)).toBe(403)
    const writing = await create('--packages', '@acme/tokens', '--packages-and-scopes-permission', 'read-write')
    expect(await putTag(writing.token)).toBe(201)
    expect((await ask(writing.token, '@acme%2fother')).status).toBe(404)
    const elsewhere = await create('--scopes', '@other', '--packages-and-scopes-permission', 'read-write')
    expect(await putTag(elsewhere.token)).toBe(404)
  })

  it('makes one for some networks', async () => {
    expect((await ask((await create('--cidr', '127.0.0.0/8')).token, '-/whoami')).status).toBe(200)
    const far = await create('--cidr', '192.0.2.0/24')
    expect(far.cidr_whitelist).toEqual(['192.0.2.0/24'])
    expect((await ask(far.token, '-/whoami')).status).toBe(401)
  })

  it('makes none for organisations, nor one that may nothing', async () => {
    const refused = (...args: string[]) => olga.refused('token', 'create', '--password', olga.password, ...args)
    expect(await refused('--orgs', 'acme', '--orgs-permission', 'read-only')).toContain('no organisations here')
    expect(await refused('--packages-and-scopes-permission', 'no-access')).toContain('could do nothing here')
  })

  it('lists your own, without their secrets', async () => {
    const listed = await list()
    expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['everything', 'reads']))
    expect(new Set(listed.map(({ token }) => token))).toEqual(new Set(['wbt_']))
    expect(await list(tom)).toHaveLength(1)
    expect(await olga.npm('token', 'list')).toContain('with IP whitelist: 192.0.2.0/24')
  })

  it('lists more than fit into one answer', async () => {
    for (let more = 0; more < 105; more++) {
      const answer = await fetch(`${registryOf(waybill)}-/user/org.couchdb.user:tom`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'tom', password: tom.password }),
      })
      expect(answer.status).toBe(201)
    }
    const ids = (await list(tom)).map(({ id }) => id)
    expect(new Set(ids).size).toBe(106)
  })

  it('revokes one by its id or by itself, and nobody else’s', async () => {
    const { token } = await create('--name', 'to go')
    const { id } = (await list()).find(({ name }) => name === 'to go') as Listed
    await olga.npm('token', 'revoke', id)
    expect((await ask(token, '-/whoami')).status).toBe(401)
    const other = await create('--name', 'to go too')
    await olga.npm('token', 'revoke', other.token)
    expect((await ask(other.token, '-/whoami')).status).toBe(401)
    expect(waybill.logs()).not.toContain(other.token)
    expect((await ask(tom.token, `-/npm/v1/tokens/token/${olga.token}`, 'DELETE')).status).toBe(403)
    expect((await ask(olga.token, '-/whoami')).status).toBe(200)
    expect((await ask(tom.token, '-/npm/v1/tokens/token/wbt_unknown', 'DELETE')).status).toBe(404)
  })

  it.skipIf(npm10.missing)('makes one that only reads, as npm 10 asks for it', async () => {
    const old = await registryClient('npm-10', { url: registryOf(waybill), token: olga.token })
    const args = ['token', 'create', '--json', '--read-only', '--cidr=127.0.0.0/8']
    const { code, stdout, stderr } = await old.run(args, olga.folder, { input: `${olga.password}\n` })
    expect(code, stderr).toBe(0)
    const created = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Created
    expect(created).toMatchObject({ readonly: true, cidr_whitelist: ['127.0.0.0/8'] })
    expect(await putTag(created.token)).toBe(403)
    expect((await ask(created.token, '@acme%2ftokens')).status).toBe(200)
  })
})

describe.skipIf(npm.missing)('npm profile', () => {
  let waybill: WaybillProcess
  let olga: Person

  beforeAll(async () => {
    waybill = await startWaybill()
    olga = await person(waybill, 'olga')
  })
  afterAll(() => waybill.stop())

  it('tells the account, and that nothing else is kept', async () => {
    const profile = JSON.parse(await olga.npm('profile', 'get', '--json')) as Record<string, unknown>
    expect(profile).toMatchObject({ name: 'olga', email: '', tfa: false })
    expect(profile.created).toMatch(/^\d{4}-/)
    expect(await olga.refused('profile', 'set', 'email', 'olga@example.org')).toContain('email is not kept')
  })

  it('changes the password, as npm sends it', async () => {
    const change = (old: string, to: string) =>
      fetch(`${registryOf(waybill)}-/npm/v1/user`, {
        method: 'POST',
        headers: { authorization: `Bearer ${olga.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ email: null, fullname: null, password: { old, new: to } }),
      })
    expect((await change('a wrong password', 'another password')).status).toBe(403)
    expect((await change(olga.password, 'another password')).status).toBe(200)
    expect((await change(olga.password, 'a third password')).status).toBe(403)
    expect((await change('another password', 'a third password')).status).toBe(200)
  })
})
