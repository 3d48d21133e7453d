import { CloudEvent } from 'cloudevents'
import { connect, type StoredMsg } from 'nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../platform/database/migrations.ts'
import { START } from '../../platform/event-store/event-store.ts'
import { leaseMigrations } from '../../platform/leases/lease-migrations.ts'
import type { Leases } from '../../platform/leases/leases.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'
import { subjectOfEvent } from '../../workers/live/event-subject.ts'
import { EVENTS_STREAM, openNatsEventTopic } from '../../workers/live/nats-event-topic.ts'
import { publishEvents, type EventPublishing } from '../../workers/live/publish-events.ts'
import { liveEventMigrations } from '../../workers/live/published-position.ts'
import { openCore, silent, type TestCore } from '../core.ts'
import { publish, sender, store } from '../graphql/commands.ts'
import { startNatsServer, type NatsServer } from '../nats/nats-server.ts'
import { need } from '../servers.ts'

const nats = await need('nats-server')

const PATIENCE = { timeout: 20_000, interval: 50 }

describe.skipIf(nats.missing)('events on NATS', () => {
  let core: TestCore
  let server: NatsServer
  const stops: (() => Promise<void>)[] = []

  const publishing = (): EventPublishing & { readonly leases: Leases } => {
    const sql = core.database.database.interactive
    const leases = openPostgresLeases(sql, silent)
    const topic = openNatsEventTopic({ servers: [server.url], tls: false, storeId: 'here', log: silent })
    const made = publishEvents({ topic, tail: core.tail, sql, leases, log: silent })
    let stopped = false
    const stop = async (): Promise<void> => {
      if (stopped) return
      stopped = true
      await made.stop()
      await leases.close()
    }
    stops.push(stop)
    return {
      leases,
      stop,
      get leads() {
        return made.leads
      },
    }
  }

  const stored = async (): Promise<readonly StoredMsg[]> => {
    const connection = await connect({ servers: server.url, reconnect: false })
    try {
      const { streams } = await connection.jetstreamManager()
      const { state } = await streams.info(EVENTS_STREAM)
      const messages: StoredMsg[] = []
      for (let seq = state.first_seq; seq > 0 && seq <= state.last_seq; seq++)
        messages.push(await streams.getMessage(EVENTS_STREAM, { seq }))
      return messages
    } finally {
      await connection.close()
    }
  }
  const sequences = async (): Promise<readonly string[]> => {
    try {
      return (await stored()).map((message) => message.json<{ sequence: string }>().sequence)
    } catch {
      return [] // it is away, or nothing was ever published: the caller asks again
    }
  }
  const logged = async (): Promise<readonly string[]> =>
    (await core.store.readAll(START, 10_000)).map(({ position }) => position)

  const flow = async (events: number): Promise<void> => {
    for (let round = 0; round < events; round++) await store(sender(core), 'files', `${round}/${core.tail.position}`)
  }

  beforeAll(async () => {
    core = await openCore()
    server = await startNatsServer()
    for (const set of [leaseMigrations, liveEventMigrations]) await migrate(core.database.database.long, set)
    const send = sender(core)
    await send('CreateProject', { project: 'main' })
    await send('CreateProject', { project: 'team.two' })
    await send('CreateRepository', { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' })
    await send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  })
  afterAll(async () => {
    for (const stop of stops) await stop()
    await core.close()
    await server.close()
  })

  it('are published once each, in log order, as CloudEvents under their project and type', async () => {
    await publish(sender(core), { repository: 'npm', package: 'ms', version: '1.0.0' })
    const first = publishing()
    await expect.poll(sequences, PATIENCE).toEqual(await logged())
    const messages = await stored()
    for (const message of messages) expect(() => new CloudEvent(message.json<object>(), true)).not.toThrow()
    expect(messages.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining([
        'waybill.events._system.StoreInitialised',
        'waybill.events.main.PackageVersionPublished',
        'waybill.events.team%2Etwo.ProjectCreated',
      ]),
    )
    const last = messages.at(-1)
    expect(last?.header.get('Nats-Msg-Id')).toBe(last?.json<{ id: string }>().id)
    await first.stop()
  })

  it('go on where they stopped when another process takes over, and are not published by two', async () => {
    const [first, second] = [publishing(), publishing()]
    await expect.poll(() => first.leads || second.leads, PATIENCE).toBe(true)
    const [leader, other] = first.leads ? [first, second] : [second, first]
    const flowing = flow(40)
    await leader.stop()
    await expect.poll(() => other.leads, PATIENCE).toBe(true)
    await flowing
    await expect.poll(sequences, PATIENCE).toEqual(await logged())
    await other.stop()
  })

  it('are delayed and not lost while the server is away, and begin anew after the last when it lost what it had', async () => {
    const only = publishing()
    await flow(5)
    await expect.poll(sequences, PATIENCE).toEqual(await logged())
    await server.kill()
    await flow(20)
    await server.start()
    await expect.poll(sequences, PATIENCE).toEqual(await logged())
    const before = await logged()
    await server.kill()
    await server.wipe()
    await flow(7)
    await server.start()
    await expect.poll(sequences, PATIENCE).toEqual((await logged()).slice(before.length))
    await only.stop()
  })

  it('go on behind a message of somebody else, and over what was published but not noted', async () => {
    const sql = core.database.database.interactive
    const only = publishing()
    await flow(5)
    const all = (await logged()).length
    await expect.poll(async () => (await sequences()).at(-1), PATIENCE).toBe((await logged()).at(-1))
    await only.stop()
    const count = (await sequences()).length
    const connection = await connect({ servers: server.url })
    await connection.jetstream().publish('waybill.events.main.Other', JSON.stringify({ sequence: 'foreign' }))
    await connection.close()
    const [, back] = (await logged()).slice(-3)
    await sql`update live_events_published set position = ${back ?? START}`
    const again = publishing()
    await flow(3)
    const newest = (await logged()).slice(all)
    await expect.poll(async () => (await sequences()).slice(count), PATIENCE).toEqual(['foreign', ...newest])
    await again.stop()
  })
})

describe('the subject of an event', () => {
  it('has the project and the type as one token each, and never two projects in one', () => {
    expect(subjectOfEvent({ project: 'a.b-c_d', type: 'FileStored' })).toBe('waybill.events.a%2Eb-c_d.FileStored')
    expect(subjectOfEvent({ project: null, type: 'RoleGranted' })).toBe('waybill.events._system.RoleGranted')
  })
})
