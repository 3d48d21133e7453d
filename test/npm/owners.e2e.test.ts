import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registryClient } from '../registry-clients.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { npmClient } from '../clients.ts'
import { person, registryOf, type Person } from './people.ts'

const NAME = '@acme/owned'
const [npm, pnpm] = [await need('npm'), await need('pnpm')]

describe.skipIf(npm.missing)('npm owner and npm star', () => {
  let waybill: WaybillProcess
  let admin: Person
  let olga: Person
  let tom: Person
  let before: string

  beforeAll(async () => {
    waybill = await startWaybill()
    admin = await person(waybill, 'admin')
    olga = await person(waybill, 'olga', [{ role: 'developer', scope: 'main/npm' }])
    tom = await person(waybill, 'tom')
    await olga.publish({ name: NAME, version: '1.0.0' })
  })
  afterAll(() => waybill.stop())

  const owners = async (): Promise<string[]> => (await admin.npm('owner', 'ls', NAME)).split('\n').sort()

  it('shows who published as an owner', async () => {
    expect(await owners()).toEqual(['olga <>'])
    expect(await tom.refused('owner', 'ls', NAME)).toContain('E404')
  })

  it('lets in nobody by a word of somebody who may only publish', async () => {
    expect(await olga.refused('owner', 'add', 'tom', NAME)).toContain('your roles do not include')
    expect(await admin.refused('owner', 'add', 'nobody', NAME)).toContain('There is no account nobody.')
  })

  it('gives an owner this package to publish, and no other', async () => {
    before = new Date().toISOString()
    await admin.npm('owner', 'add', 'tom', NAME)
    expect(await owners()).toEqual(['olga <>', 'tom <>'])
    await tom.publish({ name: NAME, version: '1.1.0' })
    expect(await tom.npm('view', NAME, 'version')).toBe('1.1.0')
    await tom.npm('deprecate', `${NAME}@1.0.0`, 'old')
    await expect(tom.publish({ name: '@acme/other', version: '1.0.0' })).rejects.toThrow(
      'There is no main/npm/@acme/other.',
    )
  })

  it('lets owners choose owners; the roles of one that is removed stay', async () => {
    await tom.npm('owner', 'rm', 'olga', NAME)
    expect(await owners()).toEqual(['tom <>'])
    await olga.publish({ name: NAME, version: '1.2.0' })
    expect(await owners()).toEqual(['tom <>'])
    await admin.npm('owner', 'add', 'olga', NAME)
    await admin.npm('owner', 'rm', 'tom', NAME)
    expect(await owners()).toEqual(['olga <>'])
    await expect(tom.publish({ name: NAME, version: '1.3.0' })).rejects.toThrow('E404')
    await admin.npm('owner', 'add', 'tom', NAME)
  })

  it('knows who the owners were', async () => {
    const registry = `${waybill.url}/npm/main/npm@${before}/`
    const past = await npmClient({ registry, token: admin.token })
    expect((await past.run(['owner', 'ls', NAME], admin.folder)).stdout.trim()).toBe('olga <>')
    const change = await past.run(['owner', 'add', 'tom', NAME], admin.folder)
    expect(change.stderr).toContain('the past')
  })

  it('counts a star once for each account, and lists them', async () => {
    for (const who of [tom, olga, tom]) await who.npm('star', NAME)
    expect(JSON.parse(await admin.npm('view', NAME, 'users', '--json'))).toEqual({ tom: true, olga: true })
    expect(await tom.npm('stars')).toBe(NAME)
    expect(await tom.npm('stars', 'olga')).toBe(NAME)
    await tom.npm('unstar', NAME)
    expect(JSON.parse(await admin.npm('view', NAME, 'users', '--json'))).toEqual({ olga: true })
    expect(await tom.npm('stars')).toBe('')
    expect(await admin.refused('stars', 'nobody')).toContain('There is no account nobody.')
  })

  it('takes no star from somebody else, whatever the document says', async () => {
    const packument = { _id: NAME, users: { tom: true, admin: true } }
    const put = (token: string) =>
      fetch(registryOf(waybill) + NAME.replace('/', '%2f'), {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(packument),
      })
    expect((await put(tom.token)).status).toBe(200)
    expect(JSON.parse(await admin.npm('view', NAME, 'users', '--json'))).toEqual({ olga: true, tom: true })
  })

  it.skipIf(pnpm.missing)('are the same with pnpm', async () => {
    const client = await registryClient('pnpm', { url: registryOf(waybill), token: admin.token })
    const run = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await client.run(args, admin.folder)
      expect(code, `pnpm ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0)
      return stdout.trim()
    }
    await run('owner', 'rm', NAME, 'tom')
    expect(await owners()).toEqual(['olga <>'])
    await run('owner', 'add', NAME, 'tom')
    expect(await owners()).toEqual(['olga <>', 'tom <>'])
    await run('star', NAME)
    expect(await run('stars')).toBe(NAME)
    expect(await run('stars', 'olga')).toBe(NAME)
    await run('unstar', NAME)
    expect(await run('stars')).not.toContain(NAME)
  })

  it('leaves the login of nobody in the log', async () => {
    const answer = await fetch(`${waybill.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ auditTrail(first: 100) { nodes { type data } } }' }),
    })
    const text = await answer.text()
    expect(text).toContain('PackageOwnerAdded')
    expect(text).toContain('PackageStarred')
    expect(text).not.toMatch(/olga|tom/)
  })
})
