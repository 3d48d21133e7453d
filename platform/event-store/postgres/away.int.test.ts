import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { newEvent, newStream } from '../../../test/contracts/event-store-samples.ts'
import { quietLog } from '../../../test/postgres.ts'
import { postgres } from '../../database/driver.ts'
import { NO_STREAM, START } from '../event-store.ts'
import { openPostgresEventStore } from './postgres-event-store.ts'

it('says that it is unavailable, never that something may be written, while there is no server', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-no-server-'))
  const sql = postgres({ host: folder, port: 5432, user: 'waybill', database: 'waybill', max: 2, backoff: () => 0.05 })
  const store = openPostgresEventStore({ appends: sql, reads: sql, long: sql, log: quietLog, appendTimeoutMs: 400 })
  const unavailable = { code: 'unavailable' }
  await expect(store.append(newStream(), [newEvent()], NO_STREAM)).rejects.toMatchObject(unavailable)
  await expect(store.readStream('sample-1')).rejects.toMatchObject(unavailable)
  await expect(store.readAll(START, 10)).rejects.toMatchObject(unavailable)
  await expect(store.head()).rejects.toMatchObject(unavailable)
  const stop = new AbortController()
  const waiting = store.subscribeAll(START, { signal: stop.signal })[Symbol.asyncIterator]().next()
  stop.abort()
  expect(await waiting).toMatchObject({ done: true })
  await store.close()
  await sql.end({ timeout: 0 })
  await rm(folder, { recursive: true })
})
