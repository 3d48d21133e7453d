import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { killServers } from '../platform/database/server-processes.ts'
import { enginesFor } from './engines/waybill-database.ts'
import { freePort } from './free-port.ts'
import { ownEnvironment } from './own-environment.ts'

const READY_MS = 60_000
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
  /** Sends a signal and waits until the process is gone; answers its exit code, null when the signal ended it. */
  kill(signal: NodeJS.Signals): Promise<number | null>
  /** SIGTERM; throws when the process does not end in time. Removes the data folder if it was made here. */
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

class RunningWaybill implements WaybillProcess {
  readonly url: string
  readonly port: number
  readonly dataFolder: string
  readonly adminPassword: string
  readonly env: Readonly<Record<string, string>>
  readonly #bin: string
  readonly #ownsFolder: boolean
  #child: ChildProcess | undefined
  #log = ''

  constructor(port: number, dataFolder: string, engines: Readonly<Record<string, string>>, options: WaybillOptions) {
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.dataFolder = dataFolder
    this.adminPassword = options.env?.WAYBILL_ADMIN_PASSWORD ?? randomBytes(12).toString('base64url')
    this.#bin = options.bin ?? ourBin
    this.#ownsFolder = options.dataFolder === undefined
    this.env = {
      WAYBILL_HOST: '127.0.0.1',
      WAYBILL_PORT: String(port),
      WAYBILL_DATA: dataFolder,
      WAYBILL_ADMIN_PASSWORD: this.adminPassword,
      ...engines,
      ...options.env,
    }
  }

  get pid(): number {
    const pid = this.#child?.pid
    if (pid === undefined) throw new Error(`Waybill is not running:\n${this.#log}`)
    return pid
  }

  get running(): boolean {
    return this.#child !== undefined
  }

  logs(): string {
    return this.#log
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [this.#bin, 'start'], {
      // Its own folder, so that nothing is found by the folder that the tests happen to run in.
      cwd: this.dataFolder,
      env: ownEnvironment({ HOME: this.dataFolder, ...this.env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => (this.#log = (this.#log + text).slice(-KEPT_LOG)))
    }
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined
    })
    this.#child = child
    await this.#ready(child)
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + READY_MS
    while (performance.now() < deadline) {
      if (this.#child !== child) throw new Error(`Waybill ended before it was ready:\n${this.#log}`)
      if (await answersReady(this.url)) return
      await new Promise((resume) => setTimeout(resume, 50))
    }
    await this.kill('SIGKILL')
    throw new Error(`Waybill was not ready after ${READY_MS} ms:\n${this.#log}`)
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    const gone = once(child, 'exit')
    child.kill(signal)
    const [code] = (await gone) as [number | null]
    return code
  }

  async stop(): Promise<void> {
    const child = this.#child
    let late = false
    const timer = setTimeout(() => {
      late = true
      child?.kill('SIGKILL')
    }, STOP_MS)
    await this.kill('SIGTERM').finally(() => clearTimeout(timer))
    await this.clean()
    if (late) throw new Error(`Waybill did not stop within ${STOP_MS} ms:\n${this.#log}`)
  }

  /** Ends what a killed process left behind and removes the folder that was made for it. */
  async clean(): Promise<void> {
    const cluster = join(this.dataFolder, 'postgres', 'cluster')
    if (existsSync(cluster)) await killServers(cluster)
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

const answersReady = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/readyz`)
    await response.body?.cancel()
    return response.ok
  } catch {
    // Nobody listens yet.
    return false
  }
}

const started = new Set<RunningWaybill>()

afterAll(async () => {
  const left = [...started]
  const running = left.filter((waybill) => waybill.running)
  for (const waybill of left) {
    await waybill.kill('SIGKILL')
    await waybill.clean()
  }
  if (running.length > 0) throw new Error(`${running.length} Waybill processes were left running, and are ended now`)
})

/**
 * Starts a real Waybill (the `waybill` command, on this Node) and waits until /readyz answers. Throws, with what it printed,
 * when it ends or is not ready in a minute. What a test leaves running is ended after its file.
 */
export const startWaybill = async (options: WaybillOptions = {}): Promise<WaybillProcess> => {
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'waybill-e2e-')))
  const engines = await enginesFor(dataFolder)
  const waybill = new RunningWaybill(options.port ?? (await freePort()), dataFolder, engines, options)
  started.add(waybill)
  await waybill.start()
  return waybill
}
