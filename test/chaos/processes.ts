import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { openPostgresEventStore } from '../../platform/event-store/postgres/postgres-event-store.ts'
import { silent } from '../core.ts'
import { startNatsServer, type NatsServer } from '../nats/nats-server.ts'
import { testDatabase, type TestDatabase } from '../postgres.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'

export type QueueName = 'NATS' | 'in-process'

/** What a company would run: a gateway, three workers, Postgres, and perhaps NATS. */
export interface Processes {
  readonly database: TestDatabase
  /** The log, as it is in the database. */
  readonly store: EventStore
  readonly gateway: WaybillProcess
  readonly workers: readonly WaybillProcess[]
  readonly nats: NatsServer | undefined
}

const WORKERS = 3

/** `ends` gets what ends each of them, as soon as it is started; to be called in the opposite order. */
export const startProcesses = async (queue: QueueName, ends: (() => Promise<void>)[]): Promise<Processes> => {
  const database = await testDatabase()
  ends.push(() => database.drop())
  const { appends, interactive, long } = database.database
  const store = openPostgresEventStore({ appends, reads: interactive, long, log: silent })
  ends.push(() => store.close())
  const blobs = await mkdtemp(join(tmpdir(), 'waybill-chaos-blobs-'))
  ends.push(() => rm(blobs, { recursive: true, force: true }))
  const nats = queue === 'NATS' ? await startNatsServer() : undefined
  ends.push(async () => nats?.close())
  const shared = {
    WAYBILL_DATABASE: database.url,
    WAYBILL_BLOBS: `file:${blobs}`,
    WAYBILL_SECRET_KEY: 'ab'.repeat(32),
    WAYBILL_ADMIN_PASSWORD: randomBytes(12).toString('hex'),
    WAYBILL_OUTBOUND_ALLOW: '127.0.0.1',
    WAYBILL_LOG: 'warn',
    ...(nats === undefined ? {} : { WAYBILL_QUEUE: nats.url }),
  }
  const start = async (roles: string): Promise<WaybillProcess> => {
    const one = await startWaybill({ env: { ...shared, WAYBILL_ROLES: roles } })
    ends.push(() => one.stop())
    return one
  }
  const gateway = await start('gateway,projector')
  const workers: WaybillProcess[] = []
  for (let number = 0; number < WORKERS; number += 1) workers.push(await start('worker'))
  return { database, store, gateway, workers, nats }
}
