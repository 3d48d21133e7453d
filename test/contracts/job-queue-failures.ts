import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import type { JobOutcome } from '../../platform/job-queue/job-queue.ts'
import { type Current, newKind, numbered, numberOf, policy, SOON, untilDone } from './job-queue-under-test.ts'

const DONE = { outcome: 'done' } as const

export const failureCases = (current: Current): void => {
  it('tries a failed job again, each time after what the policy says', async () => {
    const { queue } = current()
    const kind = newKind()
    const asked: number[] = []
    const tries: { attempt: number; at: number }[] = []
    await queue.publish(numbered(kind, 1))
    const backoff = (attempt: number): number => {
      asked.push(attempt)
      return 50 * attempt
    }
    const working = queue.work(kind, policy({ backoff }), ({ attempt }) => {
      tries.push({ attempt, at: Date.now() })
      if (attempt === 1) return Promise.reject(new Error('on purpose'))
      return Promise.resolve(attempt === 4 ? DONE : { outcome: 'failed', reason: 'not yet' })
    })
    await expect.poll(() => tries.map(({ attempt }) => attempt), SOON).toEqual([1, 2, 3, 4])
    await untilDone(queue, kind, () => tries.length, 4)
    expect(asked).toEqual([1, 2, 3])
    const pauses = tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0))
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(50 * (index + 1) - 1)
    expect(await queue.dead(kind, 10)).toEqual([])
    await working.stop(1_000)
  })

  it('follows an outcome that names the instant of the next try, and one that does not count as a try', async () => {
    const { queue } = current()
    const kind = newKind()
    const attempts: number[] = []
    const instants: number[] = []
    const outcomes: ((at: number) => JobOutcome)[] = [
      (notBefore) => ({ outcome: 'failed', reason: 'told when', notBefore }),
      (notBefore) => ({ outcome: 'later', notBefore }),
      () => DONE,
    ]
    const policyOf = policy({ backoff: () => 3_600_000 })
    await queue.publish(numbered(kind, 1))
    const working = queue.work(kind, policyOf, ({ attempt }) => {
      const outcome = outcomes[attempts.length]
      expect(Date.now()).toBeGreaterThanOrEqual(instants.at(-1) ?? 0)
      attempts.push(attempt)
      instants.push(Date.now() + 150)
      return Promise.resolve(outcome?.(instants.at(-1) ?? 0) ?? DONE)
    })
    await expect.poll(() => attempts, SOON).toEqual([1, 2, 2])
    await working.stop(1_000)
  })

  it('puts a job among the dead when its tries are used up, or at once when it says so, and tells of it', async () => {
    const { queue } = current()
    const kind = newKind()
    const [tired, hopeless] = numbered(kind, 2)
    if (tired === undefined || hopeless === undefined) throw new Error('two jobs were made')
    const told: { id: string; attempt: number; reason: string }[] = []
    const onDead = ({ id, attempt }: { id: string; attempt: number }, reason: string): Promise<void> => {
      told.push({ id, attempt, reason })
      return Promise.reject(new Error('what follows fails'))
    }
    await queue.publish([hopeless])
    const working = queue.work(kind, policy({ attempts: 3, onDead }), ({ id, attempt }) =>
      id === hopeless.id
        ? Promise.resolve({ outcome: 'dead', reason: 'gone for good' })
        : Promise.reject(new Error(`try ${attempt}`)),
    )
    await expect.poll(() => queue.counts(kind), SOON).toMatchObject({ dead: 1 })
    await queue.publish([tired])
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 0, delayed: 0, dead: 2 })
    const dead = await queue.dead(kind, 10)
    expect(dead).toMatchObject([
      { id: hopeless.id, kind, data: 1, attempts: 1, reason: 'gone for good' },
      { id: tired.id, kind, data: 0, attempts: 3, reason: 'try 3' },
    ])
    expect(dead[0]?.diedAt).toBeLessThanOrEqual(dead[1]?.diedAt ?? 0)
    expect(await queue.dead(kind, 1)).toHaveLength(1)
    expect(told).toEqual([
      { id: hopeless.id, attempt: 1, reason: 'gone for good' },
      { id: tired.id, attempt: 3, reason: 'try 3' },
    ])
    await queue.publish([tired, hopeless])
    expect(await queue.counts(kind)).toMatchObject({ ready: 0, dead: 2 })
    await working.stop(1_000)
  })

  it('gives a dead job new tries when it is revived', async () => {
    const { queue } = current()
    const kind = newKind()
    const attempts: number[] = []
    let mended = false
    await queue.publish(numbered(kind, 1))
    const working = queue.work(kind, policy({ attempts: 2 }), ({ attempt }) => {
      attempts.push(attempt)
      return mended ? Promise.resolve(DONE) : Promise.reject(new Error('on purpose'))
    })
    await expect.poll(() => queue.counts(kind), SOON).toMatchObject({ dead: 1 })
    const [dead] = await queue.dead(kind, 1)
    mended = true
    expect(await queue.revive(kind, randomUUID())).toBe(false)
    expect(await queue.revive(kind, dead?.id ?? '')).toBe(true)
    await expect.poll(() => attempts, SOON).toEqual([1, 2, 1])
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 0, delayed: 0, dead: 0 })
    expect(await queue.revive(kind, dead?.id ?? '')).toBe(false)
    await working.stop(1_000)
  })

  it('goes on with the others while some fail always', async () => {
    const { queue } = current()
    const kind = newKind()
    const done = new Set<number>()
    await queue.publish(numbered(kind, 40))
    const working = queue.work(kind, policy({ concurrency: 2, attempts: 3 }), (job) => {
      if (numberOf(job) % 4 === 0) throw new Error('poison')
      done.add(numberOf(job))
      return Promise.resolve(DONE)
    })
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 0, delayed: 0, dead: 10 })
    expect(done.size).toBe(30)
    await working.stop(1_000)
  })

  it('takes a job out, whatever it waits for, and aborts it when it runs', async () => {
    const { queue } = current()
    const kind = newKind()
    const [running, waiting, delayed, dying] = ['running', 'waiting', 'delayed', 'dying'].map((data) => ({
      ...{ id: randomUUID(), kind, data },
      ...(data === 'delayed' && { notBefore: Date.now() + 3_600_000 }),
    }))
    if (!running || !waiting || !delayed || !dying) throw new Error('four jobs were made')
    const seen: string[] = []
    const aborted: string[] = []
    const working = queue.work(kind, policy({ concurrency: 1 }), async ({ id, data, signal }) => {
      seen.push(id)
      if (data === 'dying') return { outcome: 'dead', reason: 'on purpose' }
      if (data === 'running') await new Promise((resolve) => signal.addEventListener('abort', resolve))
      if (signal.aborted) aborted.push(id)
      return DONE
    })
    await queue.publish([dying])
    await expect.poll(() => queue.counts(kind), SOON).toMatchObject({ dead: 1 })
    await queue.publish([running])
    await expect.poll(() => seen, SOON).toContain(running.id)
    await queue.publish([waiting, delayed])
    // what is published is known to the one who works on it a moment later
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 1, running: 1, delayed: 1, dead: 1 })
    for (const { id } of [waiting, delayed, running, dying]) expect(await queue.cancel(kind, id)).toBe(true)
    expect(await queue.cancel(kind, waiting.id)).toBe(false)
    expect(await queue.cancel(kind, randomUUID())).toBe(false)
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 0, delayed: 0, dead: 0 })
    await expect.poll(() => aborted, SOON).toEqual([running.id])
    expect(seen).toEqual([dying.id, running.id])
    await working.stop(1_000)
  })
}
