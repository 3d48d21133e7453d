import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withRunningDatabase } from '../engines/running-database.ts'
import { command } from '../npm/people.ts'
import { adminToken } from '../npm/admin-token.ts'
import { startReceiver, type Receiver } from '../webhooks/receiver.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { newPerson, type Person } from './calls.ts'

const PATIENT = { timeout: 20_000, interval: 100 }
const NOBODY = '00000000-0000-4000-8000-000000000000'

interface Job {
  readonly jobId: string
  readonly kind: string
  readonly lane: string
  readonly state: string
  readonly attempts: number
  readonly reason: string | null
}

let waybill: WaybillProcess
let receiver: Receiver
let person: Person
let token: string
let webhook: string
let accepting = false

beforeAll(async () => {
  waybill = await startWaybill({ env: { WAYBILL_OUTBOUND_ALLOW: '127.0.0.1' } })
  receiver = await startReceiver()
  receiver.answer = (response) => response.writeHead(accepting ? 204 : 500).end()
  token = await adminToken(waybill)
  person = await newPerson({ WAYBILL_SERVER: waybill.url, WAYBILL_TOKEN: token })
  const input = { name: 'files', scope: 'main/generic', url: receiver.url, events: ['FileStored'] }
  webhook = (await command(waybill, 'CreateWebhook', input))['id'] as string
})

afterAll(async () => {
  await person[Symbol.asyncDispose]()
  await waybill.stop()
  await receiver.close()
})

const store = async (path: string): Promise<void> => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
  const answer = await fetch(`${waybill.url}/generic/main/generic/${path}`, { method: 'PUT', headers, body: path })
  expect(answer.status).toBe(201)
}

const list = (...args: readonly string[]): Promise<readonly Job[]> => person.json<Job[]>(['jobs', 'list', ...args])

const theOnly = (jobs: readonly Job[]): Job => {
  const [job, ...others] = jobs
  if (job === undefined || others.length > 0) throw new Error(`${jobs.length} jobs in place of one`)
  return job
}

/** The code and the error of a call that fails. */
const failed = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { code, stdout, stderr } = await person.call([...args, '--json'], { env })
  expect(stdout).toBe('')
  return { exit: code, ...(JSON.parse(stderr) as { error: { code: string } }).error }
}

describe('a delivery that its receiver does not take', () => {
  let job: Job

  it('is listed with what is wrong, for people and as JSON', async () => {
    await store('a.txt')
    await expect.poll(async () => (await list())[0]?.reason, PATIENT).toBe('the receiver answered 500')
    // It is queued and pending by turns while it is tried again: the two listings are of one state when they agree.
    let rest: readonly string[] = []
    const toldAlike = async (): Promise<boolean> => {
      job = theOnly(await list('--kind', 'webhook'))
      const [head, row = '', ...others] = (await person.done(['jobs', 'list'])).trimEnd().split('\n')
      expect(head).toMatch(/^ID +KIND +STATE +LANE +CREATED +TRIES +REASON$/)
      rest = others
      const { jobId, state, attempts } = job
      return new RegExp(`^${jobId} +webhook +${state} .* ${attempts} +the receiver answered 500$`).test(row)
    }
    await expect.poll(toldAlike, PATIENT).toBe(true)
    expect(job).toMatchObject({ kind: 'webhook', lane: webhook })
    expect(['pending', 'queued']).toContain(job.state)
    expect(job.attempts).toBeGreaterThan(0)
    expect(rest).toEqual([])
    expect(await list('--state', 'dead')).toEqual([])
    expect(await list('--kind', 'nothing')).toEqual([])
  })

  it('is not retried by hand while it is tried anyway', async () => {
    expect(await failed(['jobs', 'retry', job.jobId])).toMatchObject({ exit: 6, code: 'conflict' })
  })

  it('is dropped, and nothing is left of it', async () => {
    expect(await person.json(['jobs', 'drop', job.jobId])).toEqual([
      { id: job.jobId, position: expect.stringMatching(/^\d{20}$/) as string },
    ])
    await expect.poll(() => list(), PATIENT).toEqual([])
    expect(await failed(['jobs', 'drop', job.jobId])).toMatchObject({ exit: 3, code: 'not-found' })
    const trail = await person.json<{ type: string; data: unknown }[]>(['audit', 'list', '--type', 'Job*'])
    expect(trail).toMatchObject([{ type: 'JobDropped', data: { jobId: job.jobId } }])
  })
})

it('a dead job is listed as such, and carried out once it is retried', async () => {
  // Of webhooks nothing dies within the time of a test: while its lane is held, one is declared dead.
  await command(waybill, 'UpdateWebhook', { id: webhook, active: false })
  await store('b.txt')
  await expect.poll(async () => (await list()).map(({ state }) => state), PATIENT).toEqual(['pending'])
  const { jobId } = theOnly(await list())
  await withRunningDatabase(waybill, async (sql) => {
    await sql`update pending_jobs set state = 'dead', reason = 'nobody is there', died_at = now() where id = ${jobId}`
  })
  expect(await list('--state', 'dead')).toMatchObject([{ jobId, state: 'dead', reason: 'nobody is there' }])

  expect(await person.done(['jobs', 'retry', jobId])).toBe(`retried ${jobId}\n`)
  await expect.poll(async () => (await list()).map(({ state }) => state), PATIENT).toEqual(['pending'])
  accepting = true
  const before = receiver.received.length
  await command(waybill, 'UpdateWebhook', { id: webhook, active: true })
  await expect.poll(() => list(), PATIENT).toEqual([])
  expect(receiver.received.slice(before).map(({ body }) => (JSON.parse(body) as { subject: string }).subject)).toEqual([
    'b.txt',
  ])
  expect(await failed(['jobs', 'retry', jobId])).toMatchObject({ exit: 3, code: 'not-found' })
})

it.each([
  [2, ['jobs', 'list', '--state', 'lost']],
  [2, ['jobs']],
  [2, ['jobs', 'drop']],
  [3, ['jobs', 'retry', NOBODY]],
])('ends with %i for %j', async (exit, args) => {
  expect(await failed(args)).toMatchObject({ exit })
})

it('is for those who manage the system', async () => {
  await command(waybill, 'CreateAccount', { account: 'ada', kind: 'human', password: 'password of ada' })
  await command(waybill, 'GrantRole', { account: 'ada', role: 'admin', scope: 'main' })
  const signed = await fetch(`${waybill.url}/npm/main/npm/-/user/org.couchdb.user:ada`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ada', password: 'password of ada' }),
  })
  const { token: hers } = (await signed.json()) as { token: string }
  for (const WAYBILL_TOKEN of [hers, 'wbt_none'])
    expect(await failed(['jobs', 'list'], { WAYBILL_TOKEN })).toMatchObject({ exit: 4 })
})
