import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { person, registryOf, type Person } from './people.ts'
import { recordedConnections } from './recorded-connections.ts'
import { tarballManifest } from './tarball-manifest.ts'

const npm = await need('npm')

describe.skipIf(npm.missing)('what people do with packages, with npm', () => {
  let waybill: WaybillProcess
  let admin: Person
  let connections: Awaited<ReturnType<typeof recordedConnections>>

  const release = async (name: string, version: string, script: string): Promise<void> => {
    await writeFile(join(admin.folder, 'run.js'), `#!/usr/bin/env node\n${script}\n`)
    await admin.publish({ name, version, bin: 'run.js', license: 'MIT' })
  }
  /** In a folder of its own; fails unless npm ends with this code. */
  const inFolder = async (folder: string, args: readonly string[], expected = 0): Promise<string> => {
    const cwd = join(admin.client.home, folder)
    await mkdir(cwd, { recursive: true })
    const { code, stdout, stderr } = await admin.client.run(args, cwd, { env: connections.env })
    expect(code, `npm ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(expected)
    return stdout
  }

  beforeAll(async () => {
    waybill = await startWaybill()
    admin = await person(waybill, 'admin')
    connections = await recordedConnections()
    await release('@acme/tool', '1.0.0', 'console.log("tool", ...process.argv.slice(2))')
    const create = 'require("node:fs").writeFileSync("made.txt", process.argv.slice(2).join(" "))'
    await release('create-thing', '1.0.0', create)
    await release('@acme/create', '1.0.0', create)
  })
  afterAll(() => waybill.stop())

  it('npm pack downloads a tarball', async () => {
    const file = (await inFolder('pack', ['pack', '@acme/tool', '--loglevel', 'error'])).trim()
    const tarball = await readFile(join(admin.client.home, 'pack', file))
    expect(tarballManifest(tarball)).toMatchObject({ name: '@acme/tool', version: '1.0.0' })
  })

  it('npm exec runs a program', async () => {
    expect(await inFolder('exec', ['exec', '--yes', '--', '@acme/tool', 'with', 'words'])).toContain('tool with words')
  })

  it('npm init runs the package that makes a project', async () => {
    await inFolder('init', ['init', '--yes', 'thing', '--', 'plain'])
    expect(await readFile(join(admin.client.home, 'init', 'made.txt'), 'utf8')).toBe('plain')
    await inFolder('init', ['init', '--yes', '@acme', '--', 'scoped'])
    expect(await readFile(join(admin.client.home, 'init', 'made.txt'), 'utf8')).toBe('scoped')
  })

  it('npm outdated says what is newer, and npm audit that nothing is known', async () => {
    const cwd = join(admin.client.home, 'user')
    await mkdir(cwd)
    await writeFile(join(cwd, 'package.json'), JSON.stringify({ name: 'user', version: '1.0.0' }))
    await inFolder('user', ['install', '@acme/tool@1.0.0', 'create-thing'])
    expect(JSON.parse(await inFolder('user', ['outdated', '--json']))).toEqual({})
    await release('@acme/tool', '2.0.0', '')
    expect(JSON.parse(await inFolder('user', ['outdated', '--json'], 1))).toMatchObject({
      '@acme/tool': { current: '1.0.0', wanted: '1.0.0', latest: '2.0.0' },
    })
    expect(await inFolder('user', ['audit'])).toContain('found 0 vulnerabilities')
    expect(JSON.parse(await inFolder('user', ['audit', '--json']))).toMatchObject({ vulnerabilities: {} })
  })

  it('an install reads the shrinkwrap of a package that has one', async () => {
    const lock = {
      name: 'with-lock',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { name: 'with-lock', version: '1.0.0', dependencies: { '@acme/tool': '>=1' } },
        'node_modules/@acme/tool': { version: '1.0.0' },
      },
    }
    const file = join(admin.folder, 'npm-shrinkwrap.json')
    await writeFile(file, JSON.stringify(lock))
    await admin.publish({ name: 'with-lock', version: '1.0.0', dependencies: { '@acme/tool': '>=1' } })
    await rm(file)
    expect(await admin.npm('view', 'with-lock', '_hasShrinkwrap')).toBe('true')
    await inFolder('locked', ['install', 'with-lock'])
    const tool = join(admin.client.home, 'locked/node_modules/with-lock/node_modules/@acme/tool/package.json')
    expect(JSON.parse(await readFile(tool, 'utf8'))).toMatchObject({ version: '1.0.0' })
  })

  it('asks for all of that nobody but Waybill', async () => {
    expect(await connections.contacted()).toEqual([`127.0.0.1:${waybill.port}`])
  })

  it('audits are answered in each form, compressed or not, and read over however long', async () => {
    const post = async (path: string, body: Buffer, headers: Record<string, string>): Promise<unknown> => {
      const answer = await fetch(`${registryOf(waybill)}-/npm/v1/security/${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json', ...headers },
        body: new Uint8Array(body),
      })
      expect(answer.status).toBe(200)
      return answer.json()
    }
    const names = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`package-${index}`, ['1.0.0']]))
    const body = Buffer.from(JSON.stringify(names))
    expect(await post('advisories/bulk', body, {})).toEqual({})
    expect(await post('advisories/bulk', gzipSync(body), { 'content-encoding': 'gzip' })).toEqual({})
    for (const path of ['audits', 'audits/quick'])
      expect(await post(path, gzipSync(body), { 'content-encoding': 'gzip' })).toMatchObject({
        advisories: {},
        metadata: { vulnerabilities: { high: 0 } },
      })
  })
})
