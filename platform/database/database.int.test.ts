import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { quietLog, testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { openDatabase, type Sql } from './database.ts'

let test: TestDatabase

beforeAll(async () => {
  test = await testDatabase()
})

afterAll(() => test.drop())

const connectionsOf = async (pool: string): Promise<number> => {
  const [row] = await test.database.interactive<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity
    where application_name = ${`waybill-${pool}`} and datname = current_database()`
  return row?.n ?? 0
}

const limitsOf = async (sql: Sql): Promise<unknown> => {
  const [row] = await sql`
    select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
           current_setting('idle_in_transaction_session_timeout') as idle`
  return row
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

const p99 = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Infinity

describe('the database pools', () => {
  it('are warm when they are handed out', async () => {
    expect(await connectionsOf('appends')).toBe(3)
    expect(await connectionsOf('interactive')).toBe(8)
    expect(await connectionsOf('long')).toBe(4)
  })

  it('limit statements, locks and idle transactions by what they are for', async () => {
    expect(await limitsOf(test.database.appends)).toEqual({ statement: '10s', lock: '5s', idle: '10s' })
    expect(await limitsOf(test.database.interactive)).toEqual({ statement: '10s', lock: '5s', idle: '10s' })
    expect(await limitsOf(test.database.long)).toEqual({ statement: '4h', lock: '30s', idle: '5min' })
  })

  it('answer quick queries at once while an export runs', async () => {
    const { interactive, long } = test.database
    const times = { exporting: [] as number[], resting: [] as number[] }
    let rows = 0
    // Turns of a busy and of a resting export, so that whatever else the machine does weighs on both alike.
    const pages = long`
      select n, repeat(md5(n::text), 20) as body from generate_series(1, 200000) n`.cursor(1_000)
    const turn = async (phase: keyof typeof times, done: () => boolean): Promise<void> => {
      while (!done()) times[phase].push(await timed(() => interactive`select 1`))
    }
    let resting = false
    let work: Promise<void> = turn('exporting', () => resting)
    for await (const page of pages) {
      rows += page.length
      if (rows % 20_000 !== 0) continue
      resting = true
      await work
      const until = times.resting.length + 40
      await turn('resting', () => times.resting.length >= until)
      resting = false
      work = turn('exporting', () => resting)
    }
    resting = true
    await work
    expect(rows).toBe(200_000)
    expect(times.exporting.length).toBeGreaterThan(100)
    expect(p99(times.exporting)).toBeLessThan(Math.max(50, 4 * p99(times.resting)))
  })

  it('send a quick query to a free connection, not behind slow ones', async () => {
    const { interactive } = test.database
    const slow = Array.from({ length: 7 }, () => interactive`select pg_sleep(2)`.execute())
    for (let n = 0; n < 20; n++) expect(await timed(() => interactive`select 1`)).toBeLessThan(1_000)
    await Promise.all(slow)
  })

  it('connect again after the server ended their connections', async () => {
    const { interactive, long } = test.database
    await long`select pg_terminate_backend(pid) from pg_stat_activity
               where application_name = 'waybill-interactive' and datname = current_database()`
    // What is sent before the driver has read the goodbye fails; after that nothing may.
    const deadline = performance.now() + 5_000
    for (let failed = Infinity; failed > 0;) {
      expect(performance.now()).toBeLessThan(deadline)
      const answers = await Promise.allSettled(Array.from({ length: 20 }, () => interactive`select 1`))
      failed = answers.filter(({ status }) => status === 'rejected').length
    }
    expect(await connectionsOf('interactive')).toBe(8)
  })

  it('give bytes back as they were, and 64-bit integers as text', async () => {
    const bytes = Buffer.concat([Buffer.from([0, 1, 0xff, 0, 0x5c]), randomBytes(200_000)])
    const { interactive } = test.database
    await interactive`create table plain (body bytea, big bigint)`
    await interactive`insert into plain values (${bytes}, ${'9007199254740993'})`
    const [row] = await interactive<{ body: Buffer; big: string }[]>`select body, big from plain`
    expect(row?.body.equals(bytes)).toBe(true)
    expect(row?.big).toBe('9007199254740993')
  })

  it('open by a URL as well', async () => {
    const other = await openDatabase(test.url, { log: quietLog })
    const [row] = await other.interactive`select current_database() as name`
    expect(row).toEqual({ name: test.connection.database })
    await other.close()
  })

  it('say in one sentence, without the password, why they do not open', async () => {
    await expect(
      openDatabase('postgres://somebody:secret-word@127.0.0.1:1/waybill', { log: quietLog }),
    ).rejects.toThrow(/^the database at 127\.0\.0\.1:1 cannot be used: connect ECONNREFUSED 127\.0\.0\.1:1$/)
    await expect(openDatabase('mysql://somebody:secret-word@host/waybill', { log: quietLog })).rejects.toThrow(
      'the database URL is not of the form postgres://user:password@host:port/name',
    )
    await expect(openDatabase({ ...test.connection, database: 'not_there' }, { log: quietLog })).rejects.toThrow(
      /cannot be used: database "not_there" does not exist$/,
    )
  })

  it('refuse a database that does not keep text as UTF-8', async () => {
    const { long } = test.database
    await long.unsafe(`create database ${test.connection.database}_latin template template0 encoding latin1 locale 'C'
                       locale_provider libc`)
    const latin = { ...test.connection, database: `${test.connection.database}_latin` }
    await expect(openDatabase(latin, { log: quietLog })).rejects.toThrow("the database's encoding is LATIN1")
    await long.unsafe(`drop database ${latin.database}`)
  })

  it('keep the server’s notices out of standard output', async () => {
    const said: string[] = []
    const log = { ...quietLog, debug: (_: object, message: string) => void said.push(message) }
    const other = await openDatabase(test.connection, { log })
    await other.interactive.unsafe('drop table if exists never_was')
    await other.close()
    expect(said).toEqual(['table "never_was" does not exist, skipping'])
  })
})
