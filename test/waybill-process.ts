import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { killServers } from '../platform/database/server-processes.ts'
import { undescribedIn } from './engines/observed-log.ts'
import { RoleProcess } from './engines/role-process.ts'
import { enginesFor, type WaybillEngines } from './engines/waybill-database.ts'
import { freePort } from './free-port.ts'

/** DESIGN: everything stops within 5 s; the rest is for a busy machine. */
const STOP_MS = 10_000
const KEPT_LOG = 2_000_000

export interface WaybillProcess {
  /** Without a slash at the end. */
  readonly url: string
  readonly port: number
  readonly dataFolder: string
  readonly adminPassword: string
  readonly pid: number
  /** The settings that it was started with, for other commands on the same data. */
  readonly env: Readonly<Record<string, string>>
  /** What it printed on both outputs since the first start, the newest two million characters. */
  logs(): string
  /**
   * Sends a signal and waits until it is gone; answers its exit code, null when the signal ended it. Of several processes the
   * first code that is not 0.
   */
  kill(signal: NodeJS.Signals): Promise<number | null>
  /**
   * SIGTERM; throws when the process does not end in time, when it had ended by itself, and when its log holds what no document
   * describes. Removes the data folder if it was made here.
   */
  stop(): Promise<void>
  /** Starts again on the same port and data, stopping first if it still runs. */
  restart(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface WaybillOptions {
  /** Added to an environment without any WAYBILL_ variable of the person's. */
  readonly env?: Readonly<Record<string, string>>
  /** Kept after the test; without one a folder is made and removed. */
  readonly dataFolder?: string
  /** Without one a free port. */
  readonly port?: number
  /** The command to start, with Node; without one the `waybill` command of this project. */
  readonly bin?: string
}

const ourBin = join(import.meta.dirname, '..', 'bin', 'waybill.js')

type Ports = readonly [number, ...number[]]

class RunningWaybill implements WaybillProcess {
  readonly url: string
  readonly port: number
  readonly dataFolder: string
  readonly adminPassword: string
  readonly env: Readonly<Record<string, string>>
  readonly #engines: WaybillEngines
  readonly #ownsFolder: boolean
  /** The one that serves clients first. */
  readonly #processes: readonly [RoleProcess, ...RoleProcess[]]
  #startedBefore = false
  #log = ''

  constructor(ports: Ports, dataFolder: string, engines: WaybillEngines, options: WaybillOptions) {
    const [port, ...otherPorts] = ports
    const [role, ...otherRoles] = engines.roles
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.dataFolder = dataFolder
    this.adminPassword = options.env?.WAYBILL_ADMIN_PASSWORD ?? randomBytes(12).toString('base64url')
    this.#ownsFolder = options.dataFolder === undefined
    this.#engines = engines
    this.env = {
      WAYBILL_HOST: '127.0.0.1',
      WAYBILL_PORT: String(port),
      WAYBILL_DATA: dataFolder,
      WAYBILL_ADMIN_PASSWORD: this.adminPassword,
      ...engines.settings,
      ...options.env,
    }
    const make = (role: string | undefined, port: number, folder: string): RoleProcess =>
      new RoleProcess({
        bin: options.bin ?? ourBin,
        port,
        folder,
        env: {
          ...this.env,
          WAYBILL_PORT: String(port),
          WAYBILL_DATA: folder,
          ...(role === undefined ? {} : { WAYBILL_ROLES: role }),
        },
        said: (text) => (this.#log = (this.#log + text).slice(-KEPT_LOG)),
      })
    this.#processes = [
      make(role, port, dataFolder),
      ...otherRoles.map((other, at) => make(other, otherPorts[at] ?? 0, join(dataFolder, `${other}-process`))),
    ]
  }

  get pid(): number {
    const { pid } = this.#processes[0]
    if (pid === undefined) throw new Error(`Waybill is not running:\n${this.#log}`)
    return pid
  }

  get running(): boolean {
    return this.#processes.some(({ pid }) => pid !== undefined)
  }

  logs(): string {
    return this.#log
  }

  async start(): Promise<void> {
    const [first, ...others] = this.#processes
    const projector = this.#engines.roles.indexOf('projector')
    try {
      // The first start of all makes the account and the read models: others then need not race for them.
      const maker = this.#startedBefore ? undefined : this.#processes[projector]
      await maker?.start()
      await Promise.all([first, ...others].filter((one) => one !== maker).map((one) => one.start()))
      this.#startedBefore = true
    } catch (error) {
      await this.kill('SIGKILL')
      throw new Error(`${error instanceof Error ? error.message : String(error)}:\n${this.#log}`, { cause: error })
    }
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const codes = await Promise.all(this.#processes.map((one) => one.kill(signal)))
    const bad = codes.find((code) => code !== 0)
    return bad === undefined ? 0 : bad
  }

  async stop(): Promise<void> {
    const ended = this.#processes.filter(({ endedByItself }) => endedByItself).length
    let late = false
    const timer = setTimeout(() => {
      late = true
      void this.kill('SIGKILL')
    }, STOP_MS)
    await this.kill('SIGTERM').finally(() => clearTimeout(timer))
    const undescribed = await undescribedIn(this).finally(() => this.clean())
    if (late) throw new Error(`Waybill did not stop within ${STOP_MS} ms:\n${this.#log}`)
    if (ended > 0) throw new Error(`${ended} processes of Waybill had ended by themselves:\n${this.#log}`)
    if (undescribed.length > 0) throw new Error(`events that no document describes: ${undescribed.join('; ')}`)
  }

  /** Ends what a killed process left behind and removes the folder that was made for it. */
  async clean(): Promise<void> {
    const cluster = join(this.dataFolder, 'postgres', 'cluster')
    if (existsSync(cluster)) await killServers(cluster)
    await this.#engines.close()
    if (this.#ownsFolder) await rm(this.dataFolder, { recursive: true, force: true })
    started.delete(this)
  }

  async restart(): Promise<void> {
    await this.kill('SIGTERM')
    await this.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (started.has(this)) await this.stop()
  }
}

const started = new Set<RunningWaybill>()

afterAll(async () => {
  const left = [...started]
  const running = left.filter((waybill) => waybill.running)
  // One that cannot be cleaned up does not leave the others behind.
  const outcomes = await Promise.allSettled(
    left.map(async (waybill) => {
      await waybill.kill('SIGKILL')
      await waybill.clean()
    }),
  )
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  if (running.length > 0) throw new Error(`${running.length} Waybill processes were left running, and are ended now`)
})

/**
 * Starts a real Waybill (the `waybill` command, on this Node) and waits until /readyz answers. Throws, with what it printed,
 * when it ends or is not ready in a minute. What a test leaves running is ended after its file.
 *
 * On distributed engines it is a process for each role: a signal goes to all of them, a restart starts all, the log is
 * everything that they print, and pid and port are those of the gateway. A test that is about one process sets WAYBILL_ROLES.
 */
export const startWaybill = async (options: WaybillOptions = {}): Promise<WaybillProcess> => {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'waybill-e2e-')))
  const engines = await enginesFor(dataFolder, options.env)
  const [, ...others] = engines.roles
  const ports: Ports = [options.port ?? (await freePort()), ...(await Promise.all(others.map(freePort)))]
  const waybill = new RunningWaybill(ports, dataFolder, engines, options)
  started.add(waybill)
  await waybill.start()
  return waybill
}
