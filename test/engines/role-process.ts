import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { ownEnvironment } from '../own-environment.ts'

const READY_MS = 60_000

export interface RoleProcessOptions {
  /** Run with Node, as `start`. */
  readonly bin: string
  readonly port: number
  /** Its working folder and home; made when it is not there. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Takes what it prints, on both outputs. */
  readonly said: (text: string) => void
}

/** One process of a started Waybill, which may be started again after its end. */
export class RoleProcess {
  readonly #options: RoleProcessOptions
  #child: ChildProcess | undefined
  /** From a start to our signal. */
  #wanted = false

  constructor(options: RoleProcessOptions) {
    this.#options = options
  }

  /** Undefined: it is not running. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** It was started, and is gone without a signal of ours. */
  get endedByItself(): boolean {
    return this.#wanted && this.#child === undefined
  }

  /** Returns when /readyz answers. Throws when it ends before, or is not ready in a minute; it is then ended. */
  async start(): Promise<void> {
    const { bin, folder, env, said } = this.#options
    await mkdir(folder, { recursive: true })
    const child = spawn(process.execPath, [bin, 'start'], {
      // Its own folder, so that nothing is found by the folder that the tests happen to run in.
      cwd: folder,
      env: ownEnvironment({ HOME: folder, ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', said)
    }
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined
    })
    this.#child = child
    this.#wanted = true
    await this.#ready(child)
  }

  async #ready(child: ChildProcess): Promise<void> {
    const deadline = performance.now() + READY_MS
    while (performance.now() < deadline) {
      if (this.#child !== child) throw new Error('Waybill ended before it was ready')
      if (await answersReady(this.#options.port)) return
      await new Promise((resume) => setTimeout(resume, 50))
    }
    await this.kill('SIGKILL')
    throw new Error(`Waybill was not ready after ${READY_MS} ms`)
  }

  /** Sends a signal and waits until it is gone; answers its exit code, null when the signal ended it or it did not run. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child
    if (child === undefined) return null
    this.#wanted = false
    const gone = once(child, 'exit')
    child.kill(signal)
    const [code] = (await gone) as [number | null]
    return code
  }
}

const answersReady = async (port: number): Promise<boolean> => {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`)
    await response.body?.cancel()
    return response.ok
  } catch {
    // Nobody listens yet.
    return false
  }
}
