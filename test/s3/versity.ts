import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../free-port.ts'
import { ownEnvironment } from '../own-environment.ts'
import { versityProgram } from './versity-program.ts'

/** A real S3 server: the Versity gateway on folders of its own. */
export interface Versity {
  /** Without a slash at the end. */
  readonly endpoint: string
  readonly port: number
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  /** The process of the moment, for what a test does to it by signals. */
  readonly pid: number
  /** Makes a bucket; it is a folder. */
  makeBucket(name: string): Promise<void>
  /** Ends the process at once and starts it again on the same port and folders. */
  restart(): Promise<void>
  /** Ends the process at once, and leaves it so until `restart`. */
  kill(): Promise<void>
  close(): Promise<void>
}

const READY_MS = 20_000

const answers = async (endpoint: string): Promise<boolean> => {
  try {
    // Without a signature it refuses, which is an answer.
    await (await fetch(endpoint)).body?.cancel()
    return true
  } catch {
    return false // nobody listens yet
  }
}

const run = async (port: number, folder: string, credentials: Versity['credentials']): Promise<ChildProcess> => {
  const sidecar = ['--sidecar', join(folder, 'meta'), join(folder, 'data')]
  const child = spawn(
    versityProgram(),
    ['--keep-alive', '--quiet', '--port', `127.0.0.1:${port}`, 'posix', ...sidecar],
    {
      cwd: folder,
      env: ownEnvironment({ ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey }),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)))
  const deadline = performance.now() + READY_MS
  while (!(await answers(`http://127.0.0.1:${port}`))) {
    if (child.exitCode !== null) throw new Error(`versitygw ended before it answered:\n${said}`)
    if (performance.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`versitygw did not answer within ${READY_MS} ms:\n${said}`)
    }
    await pause(20)
  }
  return child
}

/** Starts a gateway on a free port, and returns when it answers. What it keeps is removed when it is closed. */
export const startVersity = async (): Promise<Versity> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-s3-'))
  for (const part of ['data', 'meta']) await mkdir(join(folder, part))
  const port = await freePort()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'testsecret' }
  let child = await run(port, folder, credentials)

  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    region: 'us-east-1',
    credentials,
    get pid() {
      return child.pid ?? 0
    },
    makeBucket: async (name) => {
      await mkdir(join(folder, 'data', name))
    },
    restart: async () => {
      await kill()
      child = await run(port, folder, credentials)
    },
    kill,
    close: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
