import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { postgres } from './driver.ts'

let test: TestDatabase

beforeAll(async () => {
  test = await testDatabase()
})

afterAll(() => test.drop())

const endBackend = async (pid: number): Promise<void> => {
  const { long } = test.database
  await long`select pg_terminate_backend(${pid})`
  await expect
    .poll(async () => (await long`select 1 from pg_stat_activity where pid = ${pid}`).length, { timeout: 5_000 })
    .toBe(0)
  // The goodbye is on its way to us; another round trip brings it past the driver.
  await pause(50)
}

describe('the Postgres driver', () => {
  it('keeps transactions and queries apart when there are many more of both than connections', async () => {
    const { interactive } = test.database
    await interactive`create table busy (n int)`
    // Every connection has one query on the way when the transactions begin.
    const slow = Array.from({ length: 8 }, () => interactive`select pg_sleep(0.2)`.execute())
    const transactions = Array.from({ length: 60 }, (_, n) =>
      interactive.begin(async (transaction) => {
        await transaction`insert into busy values (${n})`
        await transaction`select pg_sleep(0.01)`
      }),
    )
    const queries = Array.from({ length: 60 }, (_, n) => interactive`insert into busy values (${100 + n})`)
    await Promise.all([...slow, ...transactions, ...queries])
    expect(await interactive`select count(*)::int as n from busy`).toEqual([{ n: 120 }])
    const open = await interactive`
      select 1 from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`
    expect(open).toHaveLength(0)
  })

  it('runs nothing more of a transaction whose connection is lost', async () => {
    const { interactive } = test.database
    await interactive`create table torn (n int)`
    const problems: unknown[] = []
    const transaction = interactive.begin(async (sql) => {
      const [row] = await sql<{ pid: number }[]>`insert into torn values (1) returning pg_backend_pid() as pid`
      await endBackend(row?.pid ?? 0)
      // Others use the connection's place meanwhile.
      await Promise.all(Array.from({ length: 20 }, () => interactive`select 1`))
      await sql`insert into torn values (2)`.catch((error: unknown) => problems.push(error))
      await sql`insert into torn values (3)`.catch((error: unknown) => problems.push(error))
    })
    await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    await expect.poll(() => problems.length).toBe(2)
    expect(await interactive`select n from torn`).toEqual([])
  })

  it('runs nothing more on a reserved connection that is lost', async () => {
    const { interactive } = test.database
    await interactive`create table held (n int)`
    const reserved = await interactive.reserve()
    const [row] = await reserved<{ pid: number }[]>`select pg_backend_pid() as pid`
    await endBackend(row?.pid ?? 0)
    await Promise.all(Array.from({ length: 20 }, () => interactive`select 1`))
    await expect(reserved`insert into held values (1)`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    reserved.release()
    expect(await interactive`select n from held`).toEqual([])
  })

  it('does not let a cursor whose connection is lost look finished', async () => {
    const { interactive } = test.database
    let rows = 0
    const read = async (): Promise<void> => {
      const pages = interactive<{ pid: number }[]>`
        select pg_backend_pid() as pid from generate_series(1, 1000)`.cursor(100)
      for await (const page of pages) {
        rows += page.length
        if (rows === 300) await endBackend(page[0]?.pid ?? 0)
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
    expect(rows).toBe(300)
    await Promise.all(Array.from({ length: 20 }, () => interactive`select 1`))
  })

  it('does not give the error of a lost connection to the next one', async () => {
    const { interactive } = test.database
    const slow = interactive`select pg_sleep(20), 'the slow one'`.execute()
    const failed = slow.then(
      () => 'answered',
      (error: unknown) => (error as { code?: string }).code,
    )
    const find = async (): Promise<number> =>
      (
        await test.database.long<{ pid: number }[]>`
        select pid from pg_stat_activity where query like '%the slow one%' and application_name = 'waybill-interactive'
        and state = 'active'`
      )[0]?.pid ?? 0
    await expect.poll(find).toBeGreaterThan(0)
    await endBackend(await find())
    expect(await failed).toBe('CONNECTION_CLOSED')
    expect(await Promise.all(Array.from({ length: 20 }, () => interactive`select 1`))).toHaveLength(20)
  })

  it('outlives a connection that is lost while it asks for the types of arrays', async () => {
    const { host, port, user, database } = test.connection
    let cuts = 0
    const proxy = createServer((socket) => {
      const server = connect(`${host}/.s.PGSQL.${port}`)
      socket.on('error', () => server.destroy()).on('close', () => server.destroy())
      server.on('error', () => socket.destroy()).on('close', () => socket.destroy())
      server.pipe(socket)
      socket.on('data', (bytes) => {
        if (cuts < 1 && bytes.includes('pg_catalog.pg_type')) {
          cuts += 1
          socket.resetAndDestroy()
        } else server.write(bytes)
      })
    })
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const sql = postgres({ host: '127.0.0.1', port: (proxy.address() as AddressInfo).port, user, database, max: 1 })
    const rejections: unknown[] = []
    const note = (error: unknown): void => void rejections.push(error)
    process.on('unhandledRejection', note)
    try {
      await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNRESET' })
      expect(await sql`select ${[1, 2]}::int[] as numbers`).toEqual([{ numbers: [1, 2] }])
      expect(cuts).toBe(1)
      expect(rejections).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
      await sql.end({ timeout: 1 })
      proxy.close()
    }
  })
})
