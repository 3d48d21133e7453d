import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../child-process.ts'
import { npmClient, type NpmClient } from '../clients.ts'
import { ownEnvironment } from '../own-environment.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { adminToken } from './admin-token.ts'
import { corpus, corpusDependencies, fetchCorpus, packedFile } from './corpus.ts'
import { recordedConnections } from './recorded-connections.ts'
import { tarballManifest } from './tarball-manifest.ts'

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly resolved?: string; readonly integrity?: string }>
  >
}

const [npm, upstream] = [await need('npm'), await need('upstream')]

describe.skipIf(npm.missing || upstream.missing)('300 real packages', () => {
  let waybill: WaybillProcess
  let registry: string
  let token: string
  let folder: string
  let connections: Awaited<ReturnType<typeof recordedConnections>>

  const client = async (): Promise<NpmClient> => npmClient({ registry, token })
  const ours = () => [`localhost:${waybill.port}`, `127.0.0.1:${waybill.port}`]
  const expectOnlyUs = async (): Promise<void> => {
    const contacted = await connections.contacted()
    expect(contacted.length).toBeGreaterThan(0)
    expect(contacted.filter((place) => !ours().includes(place))).toEqual([])
  }

  beforeAll(async () => {
    waybill = await startWaybill()
    registry = `${waybill.url}/npm/main/npm/`
    token = await adminToken(waybill)
    folder = await mkdtemp(join(tmpdir(), 'waybill-real-'))
    connections = await recordedConnections()
    await fetchCorpus()
  }, 600_000)

  afterAll(async () => {
    await waybill.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('are published by the npm client itself where they say that they belong elsewhere', async () => {
    const files = await fetchCorpus()
    const elsewhere: string[] = []
    for (const entry of corpus) {
      const path = files.get(`${entry.name}@${entry.version}`) ?? ''
      const { publishConfig } = tarballManifest(await readFile(path)) as { publishConfig?: { registry?: string } }
      if (publishConfig?.registry !== undefined) elsewhere.push(path)
    }
    expect(elsewhere.length).toBeGreaterThan(1)
    // a repository of their own, so that the whole corpus can be published afterwards
    const create = await fetch(`${waybill.url}/api/commands/CreateRepository`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ project: 'main', repository: 'elsewhere', format: 'npm', kind: 'hosted' }),
    })
    expect(create.status).toBe(200)
    const other = `${waybill.url}/npm/main/elsewhere/`
    const publisher = await npmClient({ registry: other, token })
    for (const path of elsewhere) {
      const options = { env: connections.env, timeout: 60_000 }
      const { code, stderr } = await publisher.run(
        ['publish', path, '--registry', other, '--tag=latest'],
        folder,
        options,
      )
      expect(code, stderr).toBe(0)
    }
    await expectOnlyUs()
  })

  it('are all published through our endpoint, and nothing is sent elsewhere', async () => {
    const which = ['-c', 'readlink -f "$(command -v npm)"']
    const npmCli = await runProgram('sh', which, { cwd: folder, env: ownEnvironment({}), timeout: 30_000 })
    const script = join(import.meta.dirname, 'publish-corpus.ts')
    const { code, stdout, stderr } = await runProgram(
      process.execPath,
      [script, dirname(dirname(npmCli.stdout.trim())), registry, token],
      { cwd: folder, env: ownEnvironment({ ...connections.env, HOME: folder }), timeout: 280_000 },
    )
    expect(code, stderr).toBe(0)
    expect(stdout).toContain(`published ${corpus.length}`)
    await expectOnlyUs()
  })

  it('install with npm ci from us alone, with the integrity of the public registry', async () => {
    const dependencies = { ...corpusDependencies }
    const manifest = JSON.stringify({ name: 'all-of-them', version: '1.0.0', private: true, dependencies })
    const first = join(folder, 'first')
    await mkdir(first)
    await writeFile(join(first, 'package.json'), manifest)
    const options = { env: connections.env, timeout: 200_000 }
    const install = await (await client()).run(['install', '--ignore-scripts'], first, options)
    expect(install.code, install.stderr).toBe(0)
    const text = await readFile(join(first, 'package-lock.json'), 'utf8')

    const second = join(folder, 'second')
    await mkdir(second)
    await writeFile(join(second, 'package.json'), manifest)
    await writeFile(join(second, 'package-lock.json'), text)
    const ci = await (await client()).run(['ci', '--ignore-scripts'], second, options)
    expect(ci.code, ci.stderr).toBe(0)
    expect(await readFile(join(second, 'package-lock.json'), 'utf8')).toBe(text)

    const published = new Map(corpus.map((entry) => [packedFile(entry), entry.integrity]))
    const locked = Object.entries((JSON.parse(text) as Lockfile).packages).filter(([path]) => path !== '')
    expect(locked.length).toBeGreaterThan(150)
    const known = new Set(published.values())
    for (const [path, { resolved = '', integrity = '' }] of locked) {
      expect(resolved, path).toMatch(new RegExp(`^${registry}`))
      expect(known.has(integrity), `${path} has the integrity of a published tarball`).toBe(true)
    }
    for (const name of Object.keys(corpusDependencies)) {
      const installed = JSON.parse(await readFile(join(second, 'node_modules', name, 'package.json'), 'utf8')) as {
        version: string
      }
      expect(installed.version).toBe(corpusDependencies[name])
    }
    await expectOnlyUs()
  })
})
