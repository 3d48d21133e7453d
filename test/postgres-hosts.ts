import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { EmbeddedConnection } from '../platform/database/embedded-postgres.ts'

export interface PostgresHost {
  readonly pid: number
  /** What it has printed so far, one JSON value a line: its first line tells whether Postgres started. */
  readonly answer: { connection?: EmbeddedConnection; refused?: string }
  readonly log: () => string
  /** Waits for another line. */
  next(): Promise<{ exited?: string }>
  kill(signal: NodeJS.Signals): Promise<void>
}

export interface HostOptions {
  /** Programs that the host runs by, e.g. `['setpriv', '--reuid=65534', '--']`. */
  readonly by?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Called as soon as the process runs, before Postgres has started. */
  readonly spawned?: (child: ChildProcess) => void
}

const running = new Set<ChildProcess>()

/** Starts a process that starts the embedded Postgres in `folder`, and waits for its answer. */
export const startHost = async (folder: string, options: HostOptions = {}): Promise<PostgresHost> => {
  const script = fileURLToPath(new URL('./postgres-host.ts', import.meta.url))
  const command = [...(options.by ?? []), process.execPath, script, folder] as const
  const child = spawn(command[0], command.slice(1), {
    cwd: '/',
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const ended = once(child, 'exit').finally(() => running.delete(child))
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<Record<string, never>> => {
    const line = await lines.next()
    if (line.done === true) throw new Error(`the host ended without an answer: ${errors}`)
    return JSON.parse(line.value) as Record<string, never>
  }
  options.spawned?.(child)
  return {
    pid: child.pid ?? 0,
    answer: await next(),
    log: () => errors,
    next,
    kill: async (signal) => {
      child.kill(signal)
      await ended
    },
  }
}

/** Ends what tests left behind; to be called after each. */
export const endHosts = async (): Promise<void> => {
  for (const child of running) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}
