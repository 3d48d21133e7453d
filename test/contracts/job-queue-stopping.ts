import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Current, gate, newKind, numbered, numberOf, policy, SOON, untilDone } from './job-queue-under-test.ts'

const DONE = { outcome: 'done' } as const

export const stoppingCases = (current: Current): void => {
  it('waits for what runs when it stops, begins nothing more, and goes on with the rest when somebody works again', async () => {
    const { queue } = current()
    const kind = newKind()
    const begun: number[] = []
    const ended: number[] = []
    const held = gate()
    await queue.publish(numbered(kind, 10))
    const first = queue.work(kind, policy({ concurrency: 2 }), async (job) => {
      begun.push(numberOf(job))
      await held.opened
      ended.push(numberOf(job))
      return DONE
    })
    await expect.poll(() => begun.length, SOON).toBe(2)
    const stopping = first.stop(10_000)
    held.open()
    await stopping
    expect(ended.toSorted()).toEqual(begun.toSorted())
    expect(begun).toHaveLength(2)
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 8, running: 0, delayed: 0, dead: 0 })
    const second = queue.work(kind, policy(), (job) => {
      ended.push(numberOf(job))
      return Promise.resolve(DONE)
    })
    await untilDone(queue, kind, () => ended.length, 10)
    expect(new Set(ended).size).toBe(10)
    await second.stop(1_000)
  })

  it('aborts what has not ended when the time for that is over, and gives it back as if it had not been tried', async () => {
    const { queue } = current()
    const kind = newKind()
    const attempts: number[] = []
    let aborted = false
    await queue.publish(numbered(kind, 1))
    const first = queue.work(kind, policy(), async ({ attempt, signal }) => {
      attempts.push(attempt)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted = true
      return DONE
    })
    await expect.poll(() => attempts, SOON).toEqual([1])
    const before = performance.now()
    await first.stop(200)
    expect(performance.now() - before).toBeLessThan(2_000)
    await expect.poll(() => aborted).toBe(true)
    const second = queue.work(kind, policy(), ({ attempt }) => {
      attempts.push(attempt)
      return Promise.resolve(DONE)
    })
    await untilDone(queue, kind, () => attempts.length, 2)
    expect(attempts).toEqual([1, 1])
    await second.stop(1_000)
  })

  it('works on a kind once at a time', async () => {
    const { queue } = current()
    const kind = newKind()
    const working = queue.work(kind, policy(), () => Promise.resolve(DONE))
    expect(() => queue.work(kind, policy(), () => Promise.resolve(DONE))).toThrow(kind)
    await Promise.all([working.stop(1_000), working.stop(1_000)])
  })

  describe('seen from another process, where the adapter has one', () => {
    it('leaves nothing behind that keeps the other from working when it stops at once', async () => {
      const { queue, another } = current()
      const other = (await another?.()) ?? queue
      const kind = newKind()
      const seen: number[] = []
      await queue.publish(numbered(kind, 100))
      await other.work(kind, policy(), () => Promise.resolve({ outcome: 'later', notBefore: 0 })).stop(0)
      const working = queue.work(kind, policy(), (job) => {
        seen.push(numberOf(job))
        return Promise.resolve(DONE)
      })
      await untilDone(queue, kind, () => seen.length, 100)
      expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, number) => number))
      await working.stop(1_000)
    })

    it('does each job once and in the order of its key, whoever does it, also when one of them stops', async () => {
      const { queue, another } = current()
      const other = await another?.()
      const kind = newKind()
      const done = new Map<string, number[]>()
      let performed = 0
      const workers = [queue, ...(other === undefined ? [] : [other])].map((each) =>
        each.work(kind, policy({ concurrency: 8 }), async ({ key = '', data }) => {
          await pause(Math.random() * 4)
          done.set(key, [...(done.get(key) ?? []), Number(data)])
          performed += 1
          return DONE
        }),
      )
      const jobs = numbered(kind, 300).map((job) => ({ ...job, key: `k${Number(job.data) % 20}` }))
      await queue.publish(jobs.slice(0, 150))
      await expect.poll(() => performed, SOON).toBeGreaterThan(20)
      if (other !== undefined) await workers[1]?.stop(5_000)
      await (other ?? queue).publish(jobs.slice(150))
      await untilDone(queue, kind, () => performed, 300)
      expect(performed).toBe(300)
      for (const [key, order] of done)
        expect(order, key).toEqual(Array.from({ length: 15 }, (_, turn) => turn * 20 + Number(key.slice(1))))
      await workers[0]?.stop(1_000)
    })
  })

  it('takes nothing more once it is closed', async () => {
    const { queue } = current()
    const kind = newKind()
    let aborted = false
    let begun = false
    queue.work(kind, policy(), async ({ signal }) => {
      begun = true
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      aborted = true
      return DONE
    })
    await queue.publish(numbered(kind, 1))
    await expect.poll(() => begun, SOON).toBe(true)
    await queue.close()
    await expect.poll(() => aborted).toBe(true)
    await expect(queue.publish(numbered(kind, 1))).rejects.toMatchObject({ code: 'unavailable' })
  })
}
