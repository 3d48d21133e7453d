import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '../../platform/clock.ts'
import { derivedId } from '../../platform/ids.ts'
import { openInProcessQueue } from '../../platform/job-queue/in-process/in-process-queue.ts'
import type { JobQueue } from '../../platform/job-queue/job-queue.ts'
import { openLed, type Led } from '../../workers/led.ts'
import { newRepair } from '../../workers/pending/repair.ts'
import { silent } from '../core.ts'
import { asItIs, openTestLog, runManagerOf, until, type TestLog } from './harness.ts'

let log: TestLog
beforeAll(async () => {
  log = await openTestLog()
})
afterAll(() => log.close())

const published: string[] = []
const revived: string[] = []
/** Takes everything and has no idea of it afterwards. */
const forgetful: JobQueue = {
  ...openInProcessQueue({ clock: systemClock, log: silent }),
  publish: (jobs) => {
    published.push(...jobs.map(({ id }) => id))
    return Promise.resolve()
  },
  revive: (_, id) => {
    revived.push(id)
    return Promise.resolve(false)
  },
}

const leading = async (run: string, jobs: number): Promise<Led> => {
  const ids = Array.from({ length: jobs }, (_, number) => ({ id: derivedId(run, number), lane: 'a' }))
  await log.say('Wanted', { run, jobs: ids })
  const sql = log.database.database.interactive
  const led = await openLed({ sql, tail: log.tail, queue: forgetful, log: silent, read: asItIs }, runManagerOf(run))
  led.feeder.begin()
  await led.advance(await log.store.readAll(led.position, 1000))
  await until(() => published.includes(derivedId(run, jobs - 1)), 'they are in the queue')
  return led
}

const age = ({ feeder }: Led): void => {
  for (const [, job] of feeder.inQueue.entries()) job.since -= 61_000
}

it('gives jobs to the queue again that it may have lost, when the manager knows what is over', async () => {
  const run = 'lost'
  const led = await leading(run, 3)
  const sql = log.database.database.interactive
  const repair = newRepair(sql, run, led.feeder, () => 'one')
  await repair.note()
  const noted = await sql`select 1 from pending_jobs where manager = ${run} and queued_in = 'one'`
  expect(noted).toHaveLength(3)
  published.length = 0
  await repair.mend(true)
  age(led)
  await repair.mend(false)
  // somebody took it out of the table by hand
  await sql`delete from pending_jobs where id = ${derivedId(run, 1)}`
  await repair.mend(true)
  await until(() => published.length === 2, 'two are in the queue again')
  expect(published).toEqual([derivedId(run, 0), derivedId(run, 2)])
  expect(revived).toEqual(published)
  expect(led.feeder.inQueue.has(derivedId(run, 1))).toBe(false)
  await led.feeder.stop({ cancel: false })
})

it('says of a job that was being changed just then in the table the next time that it is in the queue', async () => {
  const run = 'changing'
  const led = await leading(run, 2)
  const { interactive: sql, long } = log.database.database
  const repair = newRepair(sql, run, led.feeder, () => 'one')
  const noted = async () =>
    (
      await sql<
        { id: string }[]
      >`select id from pending_jobs where manager = ${run} and queued_in = 'one' order by "order"`
    ).map(({ id }) => id)
  await long.begin(async (tx) => {
    await tx`select 1 from pending_jobs where id = ${derivedId(run, 0)} for update`
    await repair.note()
  })
  expect(await noted()).toEqual([derivedId(run, 1)])
  await repair.note()
  expect(await noted()).toEqual([derivedId(run, 0), derivedId(run, 1)])
  await led.feeder.stop({ cancel: false })
})

it('makes room for others when a job died in another process', async () => {
  const run = 'died'
  const led = await leading(run, 2)
  const sql = log.database.database.interactive
  const repair = newRepair(sql, run, led.feeder, () => 'one')
  await repair.mend(true)
  await sql`update pending_jobs set state = 'dead', died_at = now() where id = ${derivedId(run, 0)}`
  await repair.mend(true)
  expect(led.feeder.inQueue.has(derivedId(run, 0))).toBe(false)
  expect(led.feeder.inQueue.has(derivedId(run, 1))).toBe(true)
  await led.feeder.stop({ cancel: false })
})
