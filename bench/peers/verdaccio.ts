import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, startChildServer } from './child-server.ts'
import { npmLogin } from './npm-login.ts'
import { processTreeUsage } from './process-tree.ts'
import type { RegistrySide } from './registry-side.ts'

const run = promisify(execFile)

/** Installs Verdaccio 6 outside the project on first use, starts it with a storage of its own and signs a publisher in. */
export async function startVerdaccio(): Promise<RegistrySide> {
  const packages = await installVerdaccio()
  const version = await installedVersion(packages)
  const folder = await mkdtemp(join(tmpdir(), 'bench-verdaccio-'))
  const config = join(folder, 'config.yaml')
  await writeFile(config, configYaml(folder))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startChildServer({
    command: process.execPath,
    args: [join(packages, 'node_modules/verdaccio/bin/verdaccio'), '--config', config, '--listen', `127.0.0.1:${port}`],
    folder,
    env: { NODE_ENV: 'production' },
    readyUrl: `${url}/-/ping`,
    readyWithinMs: 30_000,
  })
  try {
    const token = await npmLogin(url, 'bench', 'bench-password')
    return {
      name: `verdaccio ${version}`,
      url,
      token,
      usage: () => processTreeUsage(server.pid),
      stop: server.stop,
    }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function installVerdaccio(): Promise<string> {
  const folder = join(tmpdir(), 'waybill-bench', 'verdaccio-6')
  const complete = join(folder, 'complete')
  if (await exists(complete)) return folder
  await mkdir(folder, { recursive: true })
  // Newer releases of node-fetch 2 are not in every mirror, and Verdaccio pins one.
  const manifest = { private: true, dependencies: { verdaccio: '6' }, overrides: { 'node-fetch': '2.7.0' } }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  process.stderr.write(`Installing Verdaccio 6 into ${folder} ...\n`)
  await run('npm', ['install', '--no-audit', '--no-fund', '--no-update-notifier'], { cwd: folder })
  await writeFile(complete, '')
  return folder
}

async function installedVersion(packages: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packages, 'node_modules/verdaccio/package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '6'
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Signed tokens, unlike its default, which asks the password file on every request that carries one: the peer at its best. */
function configYaml(folder: string): string {
  return `storage: ${JSON.stringify(join(folder, 'storage'))}
auth:
  htpasswd:
    file: ${JSON.stringify(join(folder, 'htpasswd'))}
    algorithm: bcrypt
security:
  api: { legacy: false, jwt: { sign: { expiresIn: 29d } } }
uplinks: {}
packages:
  '**':
    access: $all
    publish: $authenticated
    unpublish: $authenticated
web:
  enable: false
max_body_size: 200mb
log: { type: stdout, format: json, level: error }
`
}
