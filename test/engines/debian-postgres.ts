import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { postgres } from '../../platform/database/driver.ts'
import type { EmbeddedConnection } from '../../platform/database/embedded-postgres.ts'
import { ownEnvironment } from '../own-environment.ts'
import { freePort } from '../free-port.ts'
import { debianPrograms } from './debian-programs.ts'

/** The Postgres that Debian brings (15), on a folder of its own: an external server, reached over TCP. */
export interface DebianPostgres {
  /** By its socket, for whoever looks at it from the side. */
  readonly connection: EmbeddedConnection
  /** Makes an empty database, and returns the URL that WAYBILL_DATABASE takes. */
  createDatabase(): Promise<string>
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>
  /** Starts it again, ended or not, and returns when it answers. */
  restart(): Promise<void>
  /** Ends it and removes what it kept. */
  close(): Promise<void>
}

const run = promisify(execFile)
const READY_MS = 30_000

/** Postgres refuses to run as root: the user that Debian made for it, or nobody. */
const ordinaryUser = async (): Promise<number> => {
  const { stdout } = await run('id', ['--user', 'postgres']).catch(() => ({ stdout: '65534' }))
  return Number(stdout)
}

const asOrdinaryUser = async (folder: string): Promise<readonly string[]> => {
  if (process.getuid?.() !== 0) return []
  const user = await ordinaryUser()
  await chown(folder, user, user)
  return ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', '--']
}

export const startDebianPostgres = async (): Promise<DebianPostgres> => {
  const programs = await debianPrograms()
  const folder = await mkdtemp(join(tmpdir(), 'waybill-debian-postgres-'))
  const by = await asOrdinaryUser(folder)
  const port = await freePort()
  const data = join(folder, 'data')
  const env = ownEnvironment({ LC_ALL: 'C.UTF-8' })
  const command = (program: string, ...args: string[]): [string, string[]] => {
    const [first = '', ...rest] = [...by, join(programs, program), ...args]
    return [first, rest]
  }
  await run(...command('initdb', '-D', data, '-U', 'waybill', '-A', 'trust', '-E', 'UTF8', '--no-sync'), {
    cwd: folder,
    env,
  })

  const connection: EmbeddedConnection = { host: folder, port, user: 'waybill', database: 'postgres' }
  let child: ChildProcess | undefined

  const answers = async (): Promise<boolean> => {
    const sql = postgres({ ...connection, max: 1, connect_timeout: 2, onnotice: () => undefined })
    try {
      await sql`select 1`
      return true
    } catch {
      return false // it is starting, or recovering
    } finally {
      await sql.end({ timeout: 1 })
    }
  }

  const start = async (): Promise<void> => {
    const settings = ['max_connections=300', 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`]
    const log = join(folder, 'log')
    const options = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
    const started = spawn(...command('postgres', ...options), { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    let said = ''
    for (const stream of [started.stdout, started.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-10_000)))
    const deadline = performance.now() + READY_MS
    while (!(await answers())) {
      if (started.exitCode !== null || performance.now() > deadline) {
        await writeFile(log, said)
        throw new Error(`Debian's Postgres does not answer:\n${said}`)
      }
      await pause(50)
    }
  }

  /** SIGKILL to the first process: its children notice and end, and only then can another take the folder. */
  const kill = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0])
    const gone = once(child, 'exit')
    process.kill(pid, 'SIGKILL')
    await gone
  }

  await start()
  return {
    connection,
    createDatabase: async () => {
      const name = `waybill_${randomBytes(6).toString('hex')}`
      const sql = postgres({ ...connection, max: 1, onnotice: () => undefined })
      await sql.unsafe(`create database ${name}`)
      await sql.end()
      return `postgres://waybill@127.0.0.1:${port}/${name}`
    },
    kill,
    restart: async () => {
      await kill()
      const deadline = performance.now() + READY_MS
      for (;;) {
        try {
          await start()
          return
        } catch (error) {
          // children of the one that was killed may hold its shared memory for a moment
          if (performance.now() > deadline) throw error
          await pause(200)
        }
      }
    },
    close: async () => {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
