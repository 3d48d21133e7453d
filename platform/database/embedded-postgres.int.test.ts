import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { quietLog } from '../../test/postgres.ts'
import { endHosts, startHost } from '../../test/postgres-hosts.ts'
import { openDatabase, type Sql } from './database.ts'
import { type EmbeddedConnection, startEmbeddedPostgres } from './embedded-postgres.ts'
import { serversOn } from './server-processes.ts'

let parent: string
let folder: string

beforeEach(async () => {
  // Mode 700: as root, the user that Postgres runs as could not enter it.
  parent = await mkdtemp(join(tmpdir(), 'waybill-embedded-'))
  folder = join(parent, 'postgres')
})

afterEach(async () => {
  await endHosts()
  await rm(parent, { recursive: true, force: true })
})

const query = async <T>(connection: EmbeddedConnection, work: (sql: Sql) => Promise<T>): Promise<T> => {
  const database = await openDatabase(connection, { log: quietLog })
  try {
    return await work(database.interactive)
  } finally {
    await database.close()
  }
}

const gone = async (): Promise<void> => {
  const deadline = performance.now() + 15_000
  while ((await serversOn(join(folder, 'cluster'))).length > 0) {
    expect(performance.now()).toBeLessThan(deadline)
    await pause(20)
  }
}

const connectionOf = (host: { answer: { connection?: EmbeddedConnection; refused?: string } }): EmbeddedConnection => {
  if (host.answer.connection === undefined) throw new Error(host.answer.refused)
  return host.answer.connection
}

describe('the embedded Postgres', () => {
  it('keeps its data when it is stopped and started again, and leaves no process behind', async () => {
    folder = join(parent, `an odd, "quoted" näme's \\ folder`)
    const first = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    await query(first.connection, (sql) => sql`create table kept as select 'yes' as answer`)
    const started = performance.now()
    await first.stop()
    expect(performance.now() - started).toBeLessThan(4_000)
    expect(await serversOn(join(folder, 'cluster'))).toEqual([])

    const second = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    expect(await query(second.connection, (sql) => sql`select answer from kept`)).toEqual([{ answer: 'yes' }])
    await second.stop()
  })

  it('commits durably, listens on no network, and lets nobody else at its socket', async () => {
    const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    const [settings] = await query(
      server.connection,
      (sql) => sql`
        select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
               current_setting('full_page_writes') as pages, current_setting('listen_addresses') as addresses,
               current_setting('server_encoding') as encoding, current_setting('TimeZone') as zone,
               (select datlocprovider::text || ' ' || datlocale from pg_database where datname = current_database())
                 as locale`,
    )
    expect(settings).toEqual({
      fsync: 'on',
      commit: 'on',
      pages: 'on',
      addresses: '',
      encoding: 'UTF8',
      zone: 'UTC',
      locale: 'b C.UTF-8',
    })
    expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700)
    expect((await stat(join(folder, 'cluster'))).mode & 0o777).toBe(0o700)
    await server.stop()
  })

  it('is no part of our process group, so that Ctrl-C reaches us alone', async () => {
    const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    const groupOf = async (pid: number): Promise<string | undefined> =>
      (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')[2]
    const servers = await serversOn(join(folder, 'cluster'))
    expect(servers.length).toBeGreaterThan(0)
    for (const { pid } of servers) expect(await groupOf(pid)).not.toBe(await groupOf(process.pid))
    await server.stop()
  })

  it('says so when Postgres ends by itself, and starts again afterwards', async () => {
    const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    for (const { pid } of await serversOn(join(folder, 'cluster'))) process.kill(pid, 'SIGKILL')
    expect((await server.exited).message).toMatch(/^Postgres ended by itself: /)
    await server.stop()

    const again = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    await again.stop()
  })

  it('starts in a folder whose path is too long for a socket', async () => {
    folder = join(parent, 'a-long-name-'.repeat(10), 'postgres')
    const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    expect(server.connection.host).not.toContain('a-long-name')
    expect((await stat(server.connection.host)).mode & 0o777).toBe(0o700)
    expect(await query(server.connection, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
    await server.stop()
    await rm(server.connection.host, { recursive: true })
  })

  it('refuses a short socket folder that others can enter', async () => {
    folder = join(parent, 'a-long-name-'.repeat(10), 'postgres')
    const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    await server.stop()
    await chmod(server.connection.host, 0o777)
    await expect(startEmbeddedPostgres({ dataFolder: folder, log: quietLog })).rejects.toThrow(/not ours alone/)
    await rm(server.connection.host, { recursive: true })
  })

  it('starts although a stale process file names a program that is alive', async () => {
    const first = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    await first.stop()
    const bystander = spawn('sleep', ['60'])
    const stale = [bystander.pid, join(folder, 'cluster'), 1, 5432, join(folder, 'socket'), '', '1 1', 'ready   ']
    await writeFile(join(folder, 'cluster', 'postmaster.pid'), `${stale.join('\n')}\n`, { mode: 0o600 })
    await writeFile(join(folder, 'socket', '.s.PGSQL.5432.lock'), `${stale.join('\n')}\n`, { mode: 0o600 })

    const second = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    expect(await query(second.connection, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
    await second.stop()
    expect(bystander.exitCode).toBeNull()
    expect(bystander.signalCode).toBeNull()
    bystander.kill()
  })

  it('refuses a folder in which a server works that no process list shows', async () => {
    const first = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    await first.stop()
    const stranger = createServer().listen(join(first.connection.host, '.s.PGSQL.5432'))
    await once(stranger, 'listening')
    await expect(startEmbeddedPostgres({ dataFolder: folder, log: quietLog })).rejects.toThrow(
      /perhaps in another container/,
    )
    stranger.close()
    const second = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    await second.stop()
  })

  it('refuses a folder with foreign files in one sentence and does not touch them', async () => {
    await mkdir(join(folder, 'cluster'), { recursive: true })
    await writeFile(join(folder, 'cluster', 'letter.txt'), 'dear reader')
    await expect(startEmbeddedPostgres({ dataFolder: folder, log: quietLog })).rejects.toThrow(
      /cluster holds files that are no Postgres cluster/,
    )
    expect(await readdir(join(folder, 'cluster'))).toEqual(['letter.txt'])
  })

  it('refuses a cluster of another Postgres version in one sentence', async () => {
    await mkdir(join(folder, 'cluster'), { recursive: true })
    await writeFile(join(folder, 'cluster', 'PG_VERSION'), '17\n')
    await expect(startEmbeddedPostgres({ dataFolder: folder, log: quietLog })).rejects.toThrow(/made by Postgres 17/)
  })

  it('refuses a second start on the same folder, in this process and in another', async () => {
    const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
    await expect(startEmbeddedPostgres({ dataFolder: folder, log: quietLog })).rejects.toThrow(
      `another Waybill (process ${process.pid}) works in ${folder}`,
    )
    const other = await startHost(folder)
    expect(other.answer.refused).toContain(`another Waybill (process ${process.pid}) works in ${folder}`)
    expect(await query(server.connection, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
    await server.stop()
  })
})

describe('after its process was killed, the embedded Postgres', () => {
  it('starts again with everything that was committed, three times in a row', async () => {
    for (let round = 1; round <= 3; round++) {
      const host = await startHost(folder)
      await query(connectionOf(host), async (sql) => {
        await sql`create table if not exists rounds (n int)`
        await sql`insert into rounds values (${round})`
      })
      await host.kill('SIGKILL')
    }
    const last = await startHost(folder)
    expect(await query(connectionOf(last), (sql) => sql`select n from rounds order by n`)).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ])
    await last.kill('SIGTERM')
    await gone()
  })

  it('is stopped by the next start where the kernel could not be asked to stop it', async () => {
    // Only what is needed to run as somebody: without setpriv nobody tells Postgres that its starter died.
    const programs = join(parent, 'programs')
    await mkdir(programs)
    await symlink('/usr/bin/unshare', join(programs, 'unshare')) // used only by root
    for (let round = 1; round <= 3; round++) {
      const host = await startHost(folder, { env: { PATH: programs } })
      expect(connectionOf(host)).toBeDefined()
      await host.kill('SIGKILL')
      expect((await serversOn(join(folder, 'cluster'))).length).toBeGreaterThan(0)
    }
    const last = await startHost(folder)
    expect(last.log()).toContain('a Postgres of an earlier run is still there: stopping it')
    await last.kill('SIGTERM')
    await gone()
  })

  it('starts again when the kill came while the cluster was being made', async () => {
    let killed = false
    const host = startHost(folder, {
      spawned: (child) => {
        void (async () => {
          for (;;) {
            const names = await readdir(folder).catch(() => [] as string[])
            const fresh = names.find((name) => name.startsWith('cluster.new-'))
            if (fresh !== undefined && (await readdir(join(folder, fresh))).includes('base')) break
            await pause(1)
          }
          killed = child.kill('SIGKILL')
        })()
      },
    })
    await expect(host).rejects.toThrow('ended without an answer')
    expect(killed).toBe(true)

    const next = await startHost(folder)
    expect(await query(connectionOf(next), (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
    await next.kill('SIGTERM')

    const last = await startHost(folder)
    expect((await readdir(folder)).sort()).toEqual(['cluster', 'running', 'socket'])
    await last.kill('SIGTERM')
  })

  it('starts again when Postgres itself was killed with it', async () => {
    const host = await startHost(folder)
    await query(connectionOf(host), (sql) => sql`create table kept as select 1 as one`)
    const servers = await serversOn(join(folder, 'cluster'))
    await host.kill('SIGKILL')
    for (const { pid } of servers) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Already gone: the kernel has told it.
      }
    }
    const next = await startHost(folder)
    expect(await query(connectionOf(next), (sql) => sql`select one from kept`)).toEqual([{ one: 1 }])
    await next.kill('SIGTERM')
  })

  it('ends with a process that fails by a defect', async () => {
    const host = await startHost(folder)
    process.kill(host.pid, 'SIGUSR2')
    await gone()
    expect(host.log()).toContain('a defect that nobody caught')
  })
})
