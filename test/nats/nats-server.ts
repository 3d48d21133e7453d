import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { ownEnvironment } from '../own-environment.ts'

/** A real NATS server with JetStream, on a folder of its own. */
export interface NatsServer {
  /** `nats://host:port`, the same for its whole life. */
  readonly url: string
  /** The process of the moment, for what a test does to it by signals. */
  readonly pid: number
  /** Ends the process at once, and leaves it so until `start`. */
  kill(): Promise<void>
  start(): Promise<void>
  /** Removes all that it has stored; only while it is killed. */
  wipe(): Promise<void>
  close(): Promise<void>
}

const READY_MS = 20_000

/** The greeting that a server sends first, which it does once it serves. */
const greets = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1')
  try {
    const [greeting] = (await once(socket, 'data')) as [Buffer]
    return greeting.toString().startsWith('INFO ')
  } catch {
    return false // nobody listens yet
  } finally {
    socket.destroy()
  }
}

const run = async (port: number, folder: string): Promise<ChildProcess> => {
  const child = spawn('nats-server', ['-js', '-sd', folder, '-a', '127.0.0.1', '-p', String(port)], {
    env: ownEnvironment({}),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)))
  const deadline = performance.now() + READY_MS
  while (!(await greets(port))) {
    if (child.exitCode !== null) throw new Error(`nats-server ended before it answered:\n${said}`)
    if (performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`nats-server did not answer within ${READY_MS} ms:\n${said}`)
    }
    await pause(20)
  }
  return child
}

/** Starts a server on a free port, and returns when it answers. What it keeps is removed when it is closed. */
export const startNatsServer = async (): Promise<NatsServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-nats-'))
  const store = join(folder, 'store')
  const port = await freePort()
  let child = await run(port, store)

  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  return {
    url: `nats://127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0
    },
    kill,
    start: async () => {
      await kill()
      child = await run(port, store)
    },
    wipe: () => rm(store, { recursive: true, force: true }),
    close: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
