import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registryClient } from '../registry-clients.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { command, person, registryOf, type Person } from './people.ts'

const NAME = '@acme/guarded'
const [npm, npm10] = [await need('npm'), await need('npm 10')]

describe.skipIf(npm.missing)('npm access and npm team', () => {
  let waybill: WaybillProcess
  let admin: Person
  let olga: Person
  let tom: Person

  beforeAll(async () => {
    waybill = await startWaybill()
    admin = await person(waybill, 'admin')
    olga = await person(waybill, 'olga', [{ role: 'developer', scope: 'main/npm' }])
    tom = await person(waybill, 'tom', [{ role: 'viewer', scope: 'main/npm:@acme/*' }])
    await olga.publish({ name: NAME, version: '1.0.0' })
    await olga.publish({ name: 'plain', version: '1.0.0' })
  })
  afterAll(() => waybill.stop())

  it('tells managers who may do what with a package, and others who its owners are', async () => {
    expect((await admin.npm('access', 'list', 'collaborators', NAME)).split('\n')).toEqual([
      'admin: read-write',
      'olga: read-write',
      'tom: read-only',
    ])
    expect(await tom.npm('access', 'list', 'collaborators', NAME)).toBe('olga: read-write')
    expect(await tom.refused('access', 'list', 'collaborators', 'plain')).toContain('E404')
  })

  it('lists the packages of a scope, of the project, of oneself, and for managers of others', async () => {
    const both = `${NAME}: read-write\nplain: read-write`
    expect(await olga.npm('access', 'list', 'packages')).toBe(both)
    expect(await olga.npm('access', 'list', 'packages', 'main')).toBe(both)
    expect(await olga.npm('access', 'list', 'packages', '@acme')).toBe(`${NAME}: read-write`)
    expect(await tom.npm('access', 'list', 'packages')).toBe(`${NAME}: read-only`)
    expect(await tom.npm('access', 'list', 'packages', 'main')).toBe(`${NAME}: read-only`)
    expect(await admin.npm('access', 'list', 'packages', 'tom')).toBe(`${NAME}: read-only`)
    expect(await tom.refused('access', 'list', 'packages', 'olga')).toContain('E403')
    expect(await admin.refused('access', 'list', 'packages', '@nothing')).toContain('There is no account nothing.')
  })

  it('confirms what is so, and says that who may read is decided for the whole repository', async () => {
    expect(await tom.npm('access', 'get', 'status', NAME)).toBe(`${NAME}: private`)
    expect(await olga.npm('access', 'set', 'status=private', NAME)).toBe(`${NAME}: private`)
    const refusal = await olga.refused('access', 'set', 'status=public', NAME)
    expect(refusal).toContain('decided for all of main/npm at once: UpdateRepository with public true')
    await command(waybill, 'UpdateRepository', { project: 'main', repository: 'npm', public: true })
    expect(await olga.npm('access', 'set', 'status=public', NAME)).toBe(`${NAME}: public`)
    expect(await olga.refused('access', 'set', 'status=private', NAME)).toContain('with public false')
    await command(waybill, 'UpdateRepository', { project: 'main', repository: 'npm', public: false })
    expect(await tom.refused('access', 'set', 'status=private', NAME)).toContain('E403')
  })

  it('asks for no second factor, and cannot', async () => {
    await olga.npm('access', 'set', 'mfa=none', NAME)
    expect(await olga.refused('access', 'set', 'mfa=publish', NAME)).toContain('no second factor')
  })

  it('knows groups as teams of the project', async () => {
    await admin.npm('team', 'create', 'main:devs')
    await admin.npm('team', 'add', 'main:devs', 'tom')
    expect(await admin.npm('team', 'ls', 'main')).toContain('@main:devs')
    expect(await admin.npm('team', 'ls', 'main:devs')).toContain('tom')
    expect(await admin.refused('team', 'ls', 'acme')).toContain('say main')
    expect(await olga.refused('team', 'ls', 'main:devs')).toContain('E403')
    expect(await admin.refused('team', 'destroy', 'main:devs')).toContain('A group is not removed')
  })

  it('gives a team one of two roles on a package, and takes it', async () => {
    await admin.npm('access', 'grant', 'read-only', 'main:devs', 'plain')
    expect(await admin.npm('access', 'list', 'packages', 'main:devs')).toBe('plain: read-only')
    expect(await tom.npm('view', 'plain', 'version')).toBe('1.0.0')
    expect(await tom.refused('deprecate', 'plain', 'old')).toContain('E403')
    await admin.npm('access', 'grant', 'read-write', 'main:devs', 'plain')
    await tom.npm('deprecate', 'plain', 'old')
    await admin.npm('access', 'grant', 'read-only', 'main:devs', 'plain')
    expect(await tom.refused('deprecate', 'plain', '')).toContain('E403')
    await admin.npm('access', 'revoke', 'main:devs', 'plain')
    expect(await tom.refused('view', 'plain')).toContain('E404')
    expect(await tom.refused('access', 'grant', 'read-only', 'main:devs', NAME)).toContain('E403')
    await admin.npm('team', 'rm', 'main:devs', 'tom')
    expect(await admin.npm('team', 'ls', 'main:devs')).toContain('has 0 users')
  })

  it('says of what there is none of what to do instead', async () => {
    expect(await admin.refused('org', 'ls', 'main')).toContain('Organisations are projects here')
    expect(await admin.npm('stage', 'list')).toContain('No staged packages')
    expect(await admin.refused('stage', 'view', 'b1946ac9-2492-4d2f-8f1a-4e0c5d7b3a10')).toContain('Nothing is staged')
    await expect(olga.publish({ name: 'staged', version: '1.0.0' })).resolves.toBeUndefined()
    expect(await olga.refused('stage', 'publish', '--force')).toContain('Nothing can be staged here yet')
    expect(await admin.npm('trust', 'list', NAME)).toContain('No trust configurations')
    const trust = ['trust', 'github', NAME, '--file', 'a.yml', '--repo', 'a/b', '--allow-publish', '--yes']
    expect(await admin.refused(...trust)).toContain('give it a token of a service account')
    const exchange = await fetch(`${registryOf(waybill)}-/npm/v1/oidc/token/exchange/package/plain`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.token}` },
    })
    expect([exchange.status, await exchange.text()]).toEqual([422, expect.stringContaining('not exchanged here')])
    expect(
      (await fetch(`${registryOf(waybill)}-/all`, { headers: { authorization: `Bearer ${admin.token}` } })).status,
    ).toBe(422)
  })

  it('tells strangers nothing', async () => {
    const paths = ['-/npm/v1/hooks', '-/stage', '-/npm/v1/tokens', '-/org/main/team', `-/package/${NAME}/collaborators`]
    for (const path of paths) expect([path, (await fetch(registryOf(waybill) + path)).status]).toEqual([path, 401])
    await command(waybill, 'UpdateRepository', { project: 'main', repository: 'npm', public: true })
    for (const path of paths) expect([path, (await fetch(registryOf(waybill) + path)).status]).toEqual([path, 401])
  })

  it.skipIf(npm10.missing)('has no hooks of npm, of which npm 10 asks', async () => {
    const old = await registryClient('npm-10', { url: registryOf(waybill), token: admin.token })
    const run = (...args: string[]) => old.run(['hook', ...args], admin.folder)
    expect(await run('ls')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("don't have any hooks") as string,
    })
    for (const args of [
      ['add', NAME, 'http://localhost/', 's'],
      ['update', 'id', 'http://localhost/', 's'],
      ['rm', 'id'],
    ])
      expect(await run(...args)).toMatchObject({
        stderr: expect.stringContaining('There are no hooks of npm') as string,
      })
  })
})
