import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import { openPostgresLeases } from '../../platform/leases/postgres-leases.ts'
import { startWorkers } from '../../workers/start-workers.ts'
import { openCore, silent, type TestCore } from '../core.ts'
import { sender, type Send } from '../graphql/commands.ts'
import { until } from '../workers/harness.ts'
import { openDelivering } from './delivering.ts'
import { startReceiver, type Received, type Receiver } from './receiver.ts'

/** Everything from the event to the receiver, in one process. */

const HEALTHY = 40
const DEAD = 5

let core: TestCore
let send: Send
let receiver: Receiver
const ends: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  core = await openCore()
  send = sender(core)
  receiver = await startReceiver()
  const { interactive: sql } = core.database.database
  const clock = systemClock
  const leases = openPostgresLeases(sql, silent)
  const queue = openInProcessQueue({ clock, log: silent })
  const delivering = openDelivering(core, clock)
  const workers = startWorkers({
    sql,
    store: core.store,
    tail: core.tail,
    queue,
    sharedQueue: false,
    leases,
    clock,
    log: silent,
    registry: new Registry(),
    works: delivering.work,
  })
  ends.push(
    () => core.close(),
    () => receiver.close(),
    () => leases.close(),
    () => queue.close(),
    () => delivering.close(),
    () => workers.stop(),
  )
  await send('CreateProject', { project: 'main' })
  await send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  const { id } = await send('CreateAccount', { account: 'ada', kind: 'human' })
  await send('GrantRole', { role: 'admin', account: 'ada', scope: 'system' })
  // Its creator is who it is delivered for: an account, where the sender of tests is Waybill itself.
  const ada = {
    ...core.system,
    principal: { accountId: id as string, kind: 'human', via: 'password', grants } as const,
  }
  send = sender({ ...core, system: ada })
}, 60_000)

const grants = [{ role: 'admin', scope: 'system' }] as const

afterAll(async () => {
  for (const end of ends.toReversed()) await end()
})

const create = (path: string) =>
  send('CreateWebhook', {
    name: path,
    scope: 'main/npm',
    url: `${receiver.url}/${path}`,
    events: ['RepositoryUpdated'],
  })

let count = 0
const happen = () => {
  count += 1
  return send('UpdateRepository', { project: 'main', repository: 'npm', description: `change ${count}` })
}

const descriptionsAt = (path: string): unknown[] =>
  receiver.received
    .filter((one) => one.path === `/${path}`)
    .map(({ body }) => (JSON.parse(body) as { data: { description?: string } }).data.description)

it('a change is with the receiver within moments, and changes of one thing come in order', async () => {
  await create('one')
  await happen()
  await until(() => receiver.received.length === 1, 'the first delivery')
  const began = performance.now()
  await happen()
  await until(() => receiver.received.length === 2, 'the second delivery')
  expect(performance.now() - began).toBeLessThan(5000)
  for (let at = 0; at < 20; at += 1) await happen()
  await until(() => receiver.received.length === 22, 'the others')
  expect(descriptionsAt('one')).toEqual(Array.from({ length: 22 }, (_, at) => `change ${at + 1}`))
}, 60_000)

it('receivers that hang do not hold up the others', async () => {
  const hanging: Received[] = []
  receiver.answer = (response, received) => {
    if (received.path.startsWith('/dead')) hanging.push(received)
    else response.writeHead(204).end()
  }
  for (let at = 0; at < HEALTHY; at += 1) await create(`well-${at}`)
  for (let at = 0; at < DEAD; at += 1) await create(`dead-${at}`)
  receiver.received.length = 0
  const began = performance.now()
  for (let at = 0; at < 10; at += 1) await happen()
  const taken = () => receiver.received.filter(({ path }) => path.startsWith('/well-')).length
  await until(() => taken() >= HEALTHY * 10, 'what goes to those that answer')
  // A hanging receiver is given up on after 10 s: the others were not waiting for that.
  expect(performance.now() - began).toBeLessThan(9000)
  expect(new Set(hanging.map(({ path }) => path)).size).toBe(DEAD)
}, 60_000)
