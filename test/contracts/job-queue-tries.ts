import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Job, MAX_JOB_BYTES } from '../../platform/job-queue/job-queue.ts'
import { type Current, gate, newKind, numbered, numberOf, policy, SOON, untilDone } from './job-queue-under-test.ts'

const DONE = { outcome: 'done' } as const

export const tryCases = (current: Current): void => {
  it('hands every job out with what was published, once', async () => {
    const { queue } = current()
    const kind = newKind()
    const seen: Job[] = []
    const working = queue.work(kind, policy(), (job) => {
      seen.push(job)
      return Promise.resolve(DONE)
    })
    const data = { text: 'Grüße, 世界', list: [1, null, true], nothing: {} }
    const id = randomUUID()
    await queue.publish([{ id, kind, key: 'ü/key with *.> and spaces', data }])
    await queue.publish(numbered(kind, 50))
    await untilDone(queue, kind, () => seen.length, 51)
    expect(seen).toHaveLength(51)
    expect(new Set(seen.map((job) => job.id)).size).toBe(51)
    const first = seen.find((job) => job.id === id)
    expect(first).toMatchObject({ id, kind, key: 'ü/key with *.> and spaces', data, attempt: 1 })
    expect(Math.abs((first?.publishedAt ?? 0) - Date.now())).toBeLessThan(60_000)
    await working.stop(1_000)
  })

  it('keeps what is published before anybody works on the kind', async () => {
    const { queue } = current()
    const kind = newKind()
    await queue.publish(numbered(kind, 20))
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 20, running: 0, delayed: 0, dead: 0 })
    const seen: number[] = []
    const working = queue.work(kind, policy(), (job) => {
      seen.push(numberOf(job))
      return Promise.resolve(DONE)
    })
    await untilDone(queue, kind, () => seen.length, 20)
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, number) => number))
    await working.stop(1_000)
  })

  it('takes a job once that is published again while it waits or runs, also twice in one call', async () => {
    const { queue } = current()
    const kind = newKind()
    const jobs = numbered(kind, 3)
    await queue.publish([...jobs, ...jobs])
    await queue.publish(jobs)
    const held = gate()
    const seen: string[] = []
    const working = queue.work(kind, policy(), async ({ id }) => {
      seen.push(id)
      await held.opened
      return DONE
    })
    await expect.poll(() => seen.length, SOON).toBe(3)
    await queue.publish(jobs)
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 3, delayed: 0, dead: 0 })
    held.open()
    await untilDone(queue, kind, () => seen.length, 3)
    expect(seen.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
    await working.stop(1_000)
  })

  it('tells jobs of one id and two kinds apart', async () => {
    const { queue } = current()
    const [one, two] = [newKind(), newKind()]
    const id = randomUUID()
    await queue.publish([
      { id, kind: one, data: 1 },
      { id, kind: two, data: 2 },
    ])
    const seen: number[] = []
    const working = [one, two].map((kind) =>
      queue.work(kind, policy(), (job) => {
        seen.push(numberOf(job))
        return Promise.resolve(DONE)
      }),
    )
    await expect.poll(() => seen.toSorted(), SOON).toEqual([1, 2])
    await Promise.all(working.map((each) => each.stop(1_000)))
  })

  it.each([
    ['an id that is none', { id: 'x', data: 1 }],
    ['no data', { id: randomUUID(), data: undefined }],
    ['too much data', { id: randomUUID(), data: 'x'.repeat(MAX_JOB_BYTES) }],
    ['an instant that is none', { id: randomUUID(), data: 1, notBefore: Number.NaN }],
  ])('refuses all of a call in which one has %s', async (_, wrong) => {
    const { queue } = current()
    const kind = newKind()
    const publishing = queue.publish([...numbered(kind, 1), { kind, ...wrong }])
    await expect(publishing).rejects.toMatchObject({ code: 'invalid-job' })
    expect(await queue.counts(kind)).toEqual({ ready: 0, running: 0, delayed: 0, dead: 0 })
  })

  it('takes data of the greatest size', async () => {
    const { queue } = current()
    const kind = newKind()
    const data = 'x'.repeat(MAX_JOB_BYTES - 2)
    await queue.publish([{ id: randomUUID(), kind, data }])
    let seen: unknown
    const working = queue.work(kind, policy(), (job) => {
      seen = job.data
      return Promise.resolve(DONE)
    })
    await expect.poll(() => seen === data, SOON).toBe(true)
    await working.stop(1_000)
  })

  it('runs as many at a time as the policy says, and no more', async () => {
    const { queue } = current()
    const kind = newKind()
    let [running, most, done] = [0, 0, 0]
    const held = gate()
    await queue.publish(numbered(kind, 30))
    const working = queue.work(kind, policy({ concurrency: 3 }), async () => {
      most = Math.max(most, ++running)
      await held.opened
      running -= 1
      done += 1
      return DONE
    })
    await expect.poll(() => running, SOON).toBe(3)
    held.open()
    await untilDone(queue, kind, () => done, 30)
    expect(most).toBe(3)
    await working.stop(1_000)
  })

  it('does not begin a job before its instant, and holds nothing else up for it', async () => {
    const { queue } = current()
    const kind = newKind()
    const began = new Map<number, number>()
    const working = queue.work(kind, policy({ concurrency: 1 }), (job) => {
      began.set(numberOf(job), Date.now())
      return Promise.resolve(DONE)
    })
    const notBefore = Date.now() + 2_000
    await queue.publish([{ id: randomUUID(), kind, data: 0, notBefore }])
    await expect.poll(() => queue.counts(kind), { ...SOON, timeout: 1_900 }).toMatchObject({ delayed: 1 })
    await queue.publish([{ id: randomUUID(), kind, data: 1 }])
    await untilDone(queue, kind, () => began.size, 2)
    expect(began.get(0)).toBeGreaterThanOrEqual(notBefore)
    expect(began.get(1)).toBeLessThan(began.get(0) ?? 0)
    await working.stop(1_000)
  })

  it('calls nobody about a generation that stays as it is', () => {
    const { queue } = current()
    const end = queue.onGeneration(() => {
      throw new Error('nothing has changed')
    })
    expect(queue.generation).not.toBe('')
    expect(queue.generation).toBe(queue.generation)
    end()
  })
}
