import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { JOB_PRIORITIES, type Job, type NewJob } from '../../platform/job-queue/job-queue.ts'
import { type Current, gate, newKind, numbered, numberOf, policy, SOON, untilDone } from './job-queue-under-test.ts'

const DONE = { outcome: 'done' } as const

const KEYS = ['a', 'b', 'c', 'd', 'e']

/** So many jobs of each key in turn, in one list; their data are the numbers from 0. */
const keyed = (kind: string, each: number): NewJob[] =>
  numbered(kind, KEYS.length * each).map((job) => ({ ...job, key: KEYS[Number(job.data) % KEYS.length] }))

export const orderCases = (current: Current): void => {
  it('keeps the order of each key while many run at once and some fail', async () => {
    const { queue } = current()
    const kind = newKind()
    const done = new Map<string, number[]>(KEYS.map((key) => [key, []]))
    const running = new Set<string>()
    let performed = 0
    const perform = async ({ key = '', attempt, ...job }: Job): Promise<typeof DONE> => {
      expect(running.has(key)).toBe(false)
      running.add(key)
      await pause(Math.random() * 3)
      running.delete(key)
      if (attempt === 1 && Math.random() < 0.2) throw new Error('the first try fails now and then')
      done.get(key)?.push(Number(job.data))
      performed += 1
      return DONE
    }
    const jobs = keyed(kind, 40)
    await queue.publish(jobs.slice(0, 100))
    const working = queue.work(kind, policy({ concurrency: 8, backoff: () => 5 }), perform)
    for (const job of jobs.slice(100)) await queue.publish([job])
    await untilDone(queue, kind, () => performed, jobs.length)
    for (const [at, key] of KEYS.entries())
      expect(done.get(key)).toEqual(Array.from({ length: 40 }, (_, turn) => turn * KEYS.length + at))
    await working.stop(1_000)
  })

  it('holds back those behind a job that waits for its next try, and no others', async () => {
    const { queue } = current()
    const kind = newKind()
    const seen: number[] = []
    await queue.publish(keyed(kind, 2))
    const working = queue.work(kind, policy({ backoff: () => 3_600_000 }), (job) => {
      seen.push(numberOf(job))
      return Promise.resolve(job.data === 0 ? { outcome: 'failed', reason: 'on purpose' } : DONE)
    })
    await expect.poll(() => seen.length, SOON).toBe(2 * KEYS.length - 1)
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 1, running: 0, delayed: 1, dead: 0 })
    expect(seen).not.toContain(KEYS.length)
    await working.stop(1_000)
  })

  it('goes on with a key when its first job is dead or taken out, and puts a revived one behind', async () => {
    const { queue } = current()
    const kind = newKind()
    const [dying, delayed, last] = numbered(kind, 3, { key: 'k' })
    if (!dying || !delayed || !last) throw new Error('three jobs were made')
    const seen: number[] = []
    const held = gate()
    const working = queue.work(kind, policy(), async (job) => {
      seen.push(numberOf(job))
      if (job.data === 0 && seen.length === 1) return { outcome: 'dead', reason: 'on purpose' }
      if (job.data === 2) await held.opened
      return DONE
    })
    await queue.publish([dying, { ...delayed, notBefore: Date.now() + 3_600_000 }, last])
    await expect.poll(() => queue.counts(kind), SOON).toMatchObject({ ready: 1, delayed: 1, dead: 1 })
    expect(await queue.revive(kind, dying.id)).toBe(true)
    expect(await queue.cancel(kind, delayed.id)).toBe(true)
    await expect.poll(() => seen, SOON).toEqual([0, 2])
    held.open()
    await expect.poll(() => seen, SOON).toEqual([0, 2, 0])
    await working.stop(1_000)
  })

  it('begins with the more urgent ones, except within a key', async () => {
    const { queue } = current()
    const kind = newKind()
    const seen: string[] = []
    const held = gate()
    const working = queue.work(kind, policy({ concurrency: 1 }), async ({ data }) => {
      seen.push(String(data))
      await held.opened
      return DONE
    })
    await queue.publish([{ id: randomUUID(), kind, data: 'first' }])
    await expect.poll(() => seen, SOON).toEqual(['first'])
    const of = (priority: NewJob['priority'], data: string, key?: string): NewJob => ({
      ...{ id: randomUUID(), kind, priority, data, key },
    })
    await queue.publish([
      ...JOB_PRIORITIES.toReversed().map((priority) => of(priority, priority)),
      of('low', 'k1', 'k'),
      of('high', 'k2', 'k'),
    ])
    await expect.poll(() => queue.counts(kind), SOON).toMatchObject({ ready: 5 })
    held.open()
    await untilDone(queue, kind, () => seen.length, 6)
    expect(seen.slice(0, 3)).toEqual(['first', 'high', 'normal'])
    // what has no key in common comes in no order when it is equally urgent
    expect(seen.slice(3).toSorted()).toEqual(['k1', 'k2', 'low'])
    expect(seen.indexOf('k1')).toBeLessThan(seen.indexOf('k2'))
    await working.stop(1_000)
  })
}
