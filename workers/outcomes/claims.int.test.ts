import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openTestLog, workOf, type TestLog } from '../../test/workers/harness.ts'
import { systemClock } from '../../platform/clock.ts'
import { newId } from '../../platform/ids.ts'
import { reviveJobs } from '../pending/job-rows.ts'
import { openOutcomeClaims, type OutcomeClaims } from './claims.ts'
import type { JobResult, Outcomes } from './outcomes.ts'
import { outcomeRecorder } from './recorder.ts'

let log: TestLog
let claims: OutcomeClaims

beforeAll(async () => {
  log = await openTestLog()
  const sql = log.database.database.interactive
  await sql`insert into process_managers (name, version, checkpoint, state) values ('m', 1, '', '{}')`
  claims = openOutcomeClaims(sql)
})
beforeEach(() => log.database.database.interactive`delete from pending_jobs`)
afterAll(() => log.close())

/** Jobs that are pending, as results. */
const done = async (count: number): Promise<readonly JobResult[]> => {
  const ids = Array.from({ length: count }, newId)
  for (const id of ids)
    await log.database.database.interactive`
      insert into pending_jobs (id, manager, kind, lane, priority, data) values (${id}, 'm', 'test', 'l', 'normal', '{}')`
  return ids.map((id) => ({ job: { id, kind: 'test', key: undefined, data: {}, attempt: 1 }, outcome: 'done' }))
}
const idOf = (result: JobResult | undefined): string => result?.job.id ?? ''
const forget = (id: string) => log.database.database.interactive`delete from pending_jobs where id = ${id}`

const { outcomes } = workOf('test', () => Promise.resolve({ outcome: 'done' }))
const recorder = () => outcomeRecorder({ store: log.store, clock: systemClock, claims }, 'test', outcomes as Outcomes)

/** The ids of jobs in each event of outcomes that was appended since the position. */
const recordedSince = async (position: string): Promise<readonly (readonly string[])[]> =>
  (await log.store.readAll(position, 1000)).map(({ data }) => (data as { deliveries: string[] }).deliveries)

it('says of a job what became of it', async () => {
  const [pending, over, gone, dead] = (await done(4)).map((result, at) =>
    at === 3 ? { ...result, outcome: 'dead' as const, reason: 'it is broken' } : result,
  )
  await forget(idOf(gone))
  await claims.claim(newId(), [over, dead] as JobResult[])
  expect(await Promise.all([pending, over, gone, dead].map((one) => claims.known(idOf(one))))).toEqual([
    undefined,
    { outcome: 'done' },
    { outcome: 'done' },
    { outcome: 'dead', reason: 'it is broken' },
  ])
})

it('lets a dead job that is tried anew have another outcome', async () => {
  const [dead] = (await done(1)).map((result) => ({ ...result, outcome: 'dead' as const }))
  await claims.claim(newId(), [dead] as JobResult[])
  const { interactive: sql } = log.database.database
  await sql`update pending_jobs set state = 'dead'`
  await sql.begin((tx) => reviveJobs(tx, 'm', [idOf(dead)]))
  expect(await claims.known(idOf(dead))).toBeUndefined()
})

it('records a job once that two processes carried out', async () => {
  const before = await log.store.head()
  const [result] = await done(1)
  await Promise.all([recorder().record(result as JobResult), recorder().record(result as JobResult)])
  expect(await recordedSince(before)).toEqual([[idOf(result)]])
  await forget(idOf(result))
  await recorder().record(result as JobResult)
  expect(await recordedSince(before)).toHaveLength(1)
})

it('finishes the batch of a process that ended before it was in the log, and records the others beside it', async () => {
  const before = await log.store.head()
  const results = await done(3)
  await claims.claim(newId(), results.slice(0, 2))
  const late = recorder()
  await Promise.all(results.slice(1).map((result) => late.record(result)))
  const recorded = await recordedSince(before)
  expect(recorded.toSorted((a, b) => b.length - a.length)).toEqual([
    results.slice(0, 2).map(idOf),
    results.slice(2).map(idOf),
  ])
})
