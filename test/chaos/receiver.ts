import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../free-port.ts'
import { ownEnvironment } from '../own-environment.ts'

/** A delivery that the receiver has kept, and answered unless it was killed just then. */
export interface Receipt {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly path: string
  readonly eventId: string
}

/** A receiver in a process of its own, the same address and file for its whole life. */
export interface KilledReceiver {
  readonly url: string
  /** In the order in which they were kept. */
  receipts(): Promise<readonly Receipt[]>
  /** Ends the process at once, and leaves it so until `start`. */
  kill(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

const program = fileURLToPath(new URL('receiver-process.ts', import.meta.url))

const receiptOf = (line: string): Receipt => {
  const [at, path = '', eventId = ''] = line.split(' ')
  return { at: Number(at), path, eventId }
}

export const startKilledReceiver = async (): Promise<KilledReceiver> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-chaos-'))
  const file = join(folder, 'receipts')
  await writeFile(file, '')
  const port = await freePort()
  let child: ChildProcess | undefined

  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  const start = async (): Promise<void> => {
    await kill()
    child = spawn(process.execPath, [program, String(port), file], {
      env: ownEnvironment({}),
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit').then(() => Promise.reject(new Error('the receiver ended before it was ready')))
    await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), ended])
    ended.catch(() => undefined) // later it is killed on purpose
  }

  await start()
  return {
    url: `http://127.0.0.1:${port}`,
    kill,
    start,
    async receipts() {
      // a line that a kill has cut off was not answered
      return (await readFile(file, 'utf8'))
        .split('\n')
        .filter((line) => /^\d+ \/\S+ [0-9a-f-]{36}$/.test(line))
        .map(receiptOf)
    },
    async close() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
