import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../child-process.ts'
import { foreignRequests } from '../foreign-requests.ts'
import { registryClient, type RegistryClient } from '../registry-clients.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { person, registryOf, type Person } from './people.ts'
import { recordedConnections } from './recorded-connections.ts'

/** How each client says what all of them can. */
interface Dialect {
  readonly name: 'pnpm' | 'yarn-1' | 'yarn-4' | 'bun'
  readonly tool: 'pnpm' | 'yarn 1' | 'yarn 4' | 'bun'
  readonly lockfile: string
  /** A Node program reports its connections itself. */
  readonly node: boolean
  readonly publish: (version: string) => readonly string[]
  /** What must be done in a new project before it is published. */
  readonly prepare?: readonly string[]
  readonly add: readonly string[]
  /** From the lockfile and nothing else. */
  readonly frozen: readonly string[]
  /** What the lockfile says of a package's bytes; yarn 4 has digests of its own archives there. */
  readonly locked: RegExp
  /** Asks a registry for something, for the proof that it would be noticed. */
  readonly view: (registry: string) => { readonly args: readonly string[]; readonly env?: Record<string, string> }
}

const DIALECTS: readonly Dialect[] = [
  {
    name: 'pnpm',
    tool: 'pnpm',
    lockfile: 'pnpm-lock.yaml',
    node: false,
    publish: () => ['publish', '--no-git-checks'],
    add: ['add'],
    frozen: ['install', '--frozen-lockfile'],
    locked: /sha512-[\w+/]{86}==/g,
    view: (registry) => ({ args: ['view', 'anything', `--registry=${registry}`] }),
  },
  {
    name: 'yarn-1',
    tool: 'yarn 1',
    lockfile: 'yarn.lock',
    node: true,
    publish: (version) => ['publish', '--non-interactive', '--new-version', version],
    add: ['add'],
    frozen: ['install', '--frozen-lockfile'],
    locked: /sha512-[\w+/]{86}==/g,
    view: (registry) => ({ args: ['info', 'anything', '--registry', registry] }),
  },
  {
    name: 'yarn-4',
    tool: 'yarn 4',
    lockfile: 'yarn.lock',
    node: true,
    publish: () => ['npm', 'publish'],
    prepare: ['install'],
    add: ['add'],
    frozen: ['install', '--immutable', '--check-cache'],
    locked: /checksum: \S+\/[0-9a-f]{128}/g,
    view: (registry) => ({
      args: ['npm', 'info', 'anything'],
      env: { YARN_NPM_REGISTRY_SERVER: registry, YARN_UNSAFE_HTTP_WHITELIST: '*' },
    }),
  },
  {
    name: 'bun',
    tool: 'bun',
    lockfile: 'bun.lock',
    node: false,
    publish: () => ['publish'],
    add: ['add'],
    frozen: ['install', '--frozen-lockfile'],
    locked: /sha512-[\w+/]{86}==/g,
    view: (registry) => ({ args: ['pm', 'view', 'anything'], env: { npm_config_registry: registry } }),
  },
]

const TOOLS = new Map(await Promise.all(DIALECTS.map(async ({ tool }) => [tool, await need(tool)] as const)))

const ELSEWHERE = 'http://elsewhere.example.org/'

describe.each(DIALECTS)('$tool', (dialect) => {
  describe.skipIf(TOOLS.get(dialect.tool)?.missing)('publishes and installs', () => {
    let waybill: WaybillProcess
    let admin: Person
    let client: RegistryClient
    let connections: Awaited<ReturnType<typeof recordedConnections>>
    let foreign: Awaited<ReturnType<typeof foreignRequests>>

    const packages = [`by-${dialect.name}`, `@acme/by-${dialect.name}`]

    const another = (): Promise<RegistryClient> =>
      registryClient(dialect.name, { url: registryOf(waybill), token: admin.token })
    const env = (): Record<string, string> => (dialect.node ? connections.env : foreign.env)
    const run = (args: readonly string[], cwd: string, by = client): Promise<Outcome> =>
      by.run(args, cwd, { env: env() })
    const done = async (args: readonly string[], cwd: string, by = client): Promise<string> => {
      const { code, stdout, stderr } = await run(args, cwd, by)
      expect(code, `${dialect.tool} ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0)
      return stdout
    }
    const project = async (by: RegistryClient, folder: string, files: Record<string, string>): Promise<string> => {
      const path = join(by.home, folder)
      await mkdir(path, { recursive: true })
      for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
      return path
    }
    const empty = { ...(dialect.name === 'yarn-4' ? { 'yarn.lock': '' } : {}) }
    const source = (name: string, version: string): Promise<string> =>
      project(client, `source-${name.replace(/\W/g, '-')}`, {
        ...empty,
        'package.json': JSON.stringify({ name, version, main: 'index.js', license: 'MIT' }),
        'index.js': `module.exports = '${name} ${version}'\n`,
      })
    const user = { 'package.json': JSON.stringify({ name: 'user', version: '1.0.0', private: true, license: 'MIT' }) }

    const readInstalled = (path: string, name: string): Promise<string> =>
      readFile(join(path, 'node_modules', name, 'index.js'), 'utf8')

    beforeAll(async () => {
      waybill = await startWaybill()
      admin = await person(waybill, 'admin')
      client = await another()
      connections = await recordedConnections()
      foreign = await foreignRequests()
    })
    afterAll(async () => {
      await foreign.close()
      await waybill.stop()
    })

    it('publishes packages, scoped and not, and is refused a version that is there', async () => {
      for (const name of packages) {
        const path = await source(name, '1.0.0')
        if (dialect.prepare) await done(dialect.prepare, path)
        await done(dialect.publish('1.0.0'), path)
        expect(await admin.npm('view', name, 'versions', '--json')).toContain('1.0.0')
        const { code, stdout, stderr } = await run(dialect.publish('1.0.0'), path)
        expect(code).not.toBe(0)
        // clients break lines where they like
        expect((stdout + stderr).replace(/[\s│]+/g, ' ')).toContain('a published version does not change')
      }
    })

    it('installs them', async () => {
      const path = await project(client, 'user', { ...empty, ...user })
      await done([...dialect.add, ...packages], path)
      for (const name of packages) expect(await readInstalled(path, name)).toContain(`${name} 1.0.0`)
    })

    const lock = async (): Promise<string> => readFile(join(client.home, 'user', dialect.lockfile), 'utf8')
    const manifest = async (): Promise<string> => readFile(join(client.home, 'user', 'package.json'), 'utf8')

    it('installs them again elsewhere, from the lockfile, with nothing in its cache', async () => {
      const fresh = await another()
      const files = { 'package.json': await manifest(), [dialect.lockfile]: await lock() }
      const path = await project(fresh, 'again', files)
      await done(dialect.frozen, path, fresh)
      for (const name of packages) expect(await readInstalled(path, name)).toContain(`${name} 1.0.0`)
    })

    it('refuses bytes that are not those of the lockfile', async () => {
      const text = await lock()
      const digests = text.match(dialect.locked) ?? []
      expect(digests).toHaveLength(packages.length)
      const [first = '', second = ''] = digests
      const swapped = text.replaceAll(first, '<first>').replaceAll(second, first).replaceAll('<first>', second)
      const fresh = await another()
      const path = await project(fresh, 'swapped', { 'package.json': await manifest(), [dialect.lockfile]: swapped })
      const { code, stdout, stderr } = await run(dialect.frozen, path, fresh)
      expect(code, stdout + stderr).not.toBe(0)
      expect(stdout + stderr).toMatch(/integrity|checksum/i)
    })

    it('asked nobody else, which would have been noticed', async () => {
      const ours = `127.0.0.1:${waybill.port}`
      if (dialect.node) expect(await connections.contacted()).toEqual([ours])
      else expect(foreign.asked).toEqual([])
      const { args, env: more = {} } = dialect.view(ELSEWHERE)
      const path = await project(client, 'elsewhere', { ...empty, ...user })
      await client.run(args, path, { env: { ...env(), ...more } })
      const noticed = dialect.node ? await connections.contacted() : foreign.asked
      expect(noticed.join(' ')).toContain('elsewhere.example.org')
    })
  })
})
