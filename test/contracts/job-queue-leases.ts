import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type Current, gate, newKind, numbered, policy, SOON } from './job-queue-under-test.ts'

const DONE = { outcome: 'done' } as const

const LEASE_MS = 300

export const leaseCases = (current: Current): void => {
  it('leaves a try alone for as long as it makes progress', async () => {
    const { queue } = current()
    const kind = newKind()
    const attempts: number[] = []
    let ended = false
    await queue.publish(numbered(kind, 1))
    const working = queue.work(kind, policy({ leaseMs: LEASE_MS }), async ({ attempt, signal, progress }) => {
      attempts.push(attempt)
      const end = performance.now() + 3 * LEASE_MS
      while (performance.now() < end) {
        await progress()
        await pause(20)
      }
      ended = !signal.aborted
      return DONE
    })
    await expect.poll(() => ended, SOON).toBe(true)
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 0, delayed: 0, dead: 0 })
    expect(attempts).toEqual([1])
    await working.stop(1_000)
  })

  it('gives a job to somebody else when its try makes no progress, and does not listen to that try any more', async () => {
    const { queue } = current()
    const kind = newKind()
    const attempts: number[] = []
    const held = gate()
    let late: unknown
    await queue.publish(numbered(kind, 1))
    const working = queue.work(kind, policy({ leaseMs: LEASE_MS }), async ({ attempt, signal, progress }) => {
      attempts.push(attempt)
      if (attempt === 1) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        late = await progress().catch((error: unknown) => error)
        return DONE
      }
      let waiting = true
      void held.opened.then(() => (waiting = false))
      while (waiting) {
        await progress()
        await pause(20)
      }
      return DONE
    })
    await expect.poll(() => attempts, SOON).toEqual([1, 2])
    await expect.poll(() => late, SOON).toBeInstanceOf(Error)
    await expect.poll(() => queue.counts(kind), SOON).toMatchObject({ running: 1 })
    held.open()
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 0, delayed: 0, dead: 0 })
    expect(attempts).toEqual([1, 2])
    await working.stop(1_000)
  })

  it('counts a lost try: a job that loses all of them is dead', async () => {
    const { queue } = current()
    const kind = newKind()
    let tries = 0
    const ended = gate()
    await queue.publish(numbered(kind, 1))
    const working = queue.work(kind, policy({ leaseMs: LEASE_MS, attempts: 2 }), async () => {
      tries += 1
      await ended.opened
      return DONE
    })
    await expect.poll(() => queue.counts(kind), SOON).toEqual({ ready: 0, running: 0, delayed: 0, dead: 1 })
    expect(tries).toBe(2)
    const [dead] = await queue.dead(kind, 1)
    expect(dead?.attempts).toBe(2)
    expect(dead?.reason).toContain('progress')
    ended.open()
    await working.stop(1_000)
  })
}
