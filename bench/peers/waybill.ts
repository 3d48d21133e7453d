import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startChildServer } from './child-server.ts'
import { npmLogin } from './npm-login.ts'
import { processTreeUsage } from './process-tree.ts'
import type { RegistrySide } from './registry-side.ts'

const PROJECT_ROOT = join(import.meta.dirname, '..', '..')
const ADMIN_PASSWORD = 'bench-admin-password'

export interface WaybillOptions {
  /** Whether the repository answers without credentials; not unless told, as for every user. */
  readonly open?: boolean
  /** Settings beside the benchmark's own, or in place of them. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts this checkout with the embedded default on an empty data folder and signs `admin` in at the repository `main/npm`. */
export async function startWaybill(options: WaybillOptions = {}): Promise<RegistrySide> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-waybill-'))
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const server = await startChildServer({
    command: process.execPath,
    args: [join(PROJECT_ROOT, 'bin/waybill.js'), 'start'],
    folder,
    env: {
      WAYBILL_HOST: '127.0.0.1',
      WAYBILL_PORT: String(port),
      WAYBILL_DATA: join(folder, 'data'),
      WAYBILL_ADMIN_PASSWORD: ADMIN_PASSWORD,
      NODE_ENV: 'production',
      ...options.env,
    },
    readyUrl: `${origin}/readyz`,
    readyWithinMs: 60_000,
  })
  try {
    const url = `${origin}/npm/main/npm`
    const token = await npmLogin(url, 'admin', ADMIN_PASSWORD)
    if (options.open === true) await openToEveryone(origin, token)
    const name = `waybill ${await ownVersion()}`
    return { name, url, token, usage: () => processTreeUsage(server.pid), stop: server.stop }
  } catch (error) {
    await server.stop()
    throw error
  }
}

async function openToEveryone(origin: string, token: string): Promise<void> {
  const response = await fetch(`${origin}/api/commands/UpdateRepository`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ project: 'main', repository: 'npm', public: true }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`UpdateRepository answered ${response.status}: ${text.slice(0, 300)}`)
}

async function ownVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(PROJECT_ROOT, 'package.json'), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : ''
}
