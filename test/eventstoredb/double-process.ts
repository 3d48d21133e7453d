import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ownEnvironment } from '../own-environment.ts'
import type { DoubleOptions } from './double.ts'
import type { NodeAnswer, NodeCommand } from './node-command.ts'

/** What can be done to a server from outside. `kill9` and `freeze` are the signals KILL and STOP. */
export type ControlAction = 'start' | 'stop' | 'kill9' | 'freeze' | 'thaw'

export interface DoubleProcessOptions extends Omit<DoubleOptions, 'ports' | 'clock'> {
  /** Without one a free port. */
  readonly port?: number
  /** 1 (the default) or 3. */
  readonly nodes?: number
}

const STOP_MS = 10_000

const running = new Set<ChildProcess>()
// A frozen process does not notice that its parent has gone.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** The double in a process of its own. */
export class DoubleProcess {
  readonly #folder: string
  readonly #ownsFolder: boolean
  readonly #options: DoubleProcessOptions
  #connectionString = ''
  #child: ChildProcess | undefined
  #commands = 0
  #last: Promise<void> = Promise.resolve()

  private constructor(folder: string, options: DoubleProcessOptions) {
    this.#folder = folder
    this.#ownsFolder = options.folder === undefined
    this.#options = options
  }

  /** Listens when it resolves. Without `startingMs` it is ready then. */
  static async start(options: DoubleProcessOptions = {}): Promise<DoubleProcess> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'waybill-eventstoredb-')))
    const started = new DoubleProcess(folder, options)
    await started.#start()
    return started
  }

  get connectionString(): string {
    return this.#connectionString
  }

  /** Resolves when it is done: the process listens again, or is gone. One action begins when the one before is done. */
  async control(action: ControlAction): Promise<void> {
    const done = this.#last.then(() => this.#perform(action))
    // Whoever asked for an action gets its error.
    this.#last = done.catch(() => undefined)
    return done
  }

  async #perform(action: ControlAction): Promise<void> {
    if (action === 'start') return this.#start()
    const child = this.#running()
    if (action === 'freeze' || action === 'thaw') {
      child.kill(action === 'freeze' ? 'SIGSTOP' : 'SIGCONT')
      return
    }
    const gone = once(child, 'exit')
    child.kill(action === 'stop' ? 'SIGTERM' : 'SIGKILL')
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    await gone
    clearTimeout(late)
  }

  /** Commands one of three nodes and answers who leads then. */
  async command(command: NodeCommand['command'], node?: number): Promise<number | undefined> {
    const child = this.#running()
    const number = ++this.#commands
    const { promise, resolve } = Promise.withResolvers<NodeAnswer>()
    const onMessage = (answer: NodeAnswer): void => {
      if (answer.number === number) resolve(answer)
    }
    child.on('message', onMessage)
    child.send({ number, command, ...(node !== undefined && { node }) } satisfies NodeCommand)
    const { leader, error } = await promise
    child.off('message', onMessage)
    if (error !== undefined) throw new Error(error)
    return leader
  }

  /** Ends the process, whatever state it is in, and removes its folder if it was made here. */
  async close(): Promise<void> {
    if (this.#child !== undefined) await this.control('kill9')
    if (this.#ownsFolder) await rm(this.#folder, { recursive: true, force: true })
  }

  #running(): ChildProcess {
    if (this.#child === undefined) throw new Error('the EventStoreDB double is not running')
    return this.#child
  }

  /** The ports of the first start, later. */
  #ports(): string {
    const known = [...this.#connectionString.matchAll(/:(\d+)/g)].map(([, port]) => port)
    if (known.length > 0) return known.join(',')
    const { port = 0, nodes = 1 } = this.#options
    return Array.from({ length: nodes }, (_, index) => (port === 0 ? 0 : port + index)).join(',')
  }

  async #start(): Promise<void> {
    if (this.#child !== undefined) throw new Error('the EventStoreDB double runs already')
    const { folder: _folder, port: _port, nodes: _nodes, ...options } = this.#options
    const args = [join(import.meta.dirname, 'main.ts'), this.#folder, this.#ports(), JSON.stringify(options)]
    const child = spawn(process.execPath, args, {
      env: ownEnvironment({}),
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    })
    running.add(child)
    child.once('exit', () => {
      running.delete(child)
      if (this.#child === child) this.#child = undefined
    })
    this.#child = child
    this.#connectionString = await connectionStringOf(child)
  }
}

const connectionStringOf = async (child: ChildProcess): Promise<string> => {
  if (child.stdout === null) throw new Error('the output of the EventStoreDB double is not read')
  const lines = createInterface({ input: child.stdout })
  const [line] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?]
  if (line === undefined) throw new Error('the EventStoreDB double ended before it listened')
  return (JSON.parse(line) as { connectionString: string }).connectionString
}
