import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../log/log.ts'
import { ASK_AGAIN_MS, type Lease, type Leading } from './leases.ts'

type Take = () => Promise<Lease | undefined>

/** Half a second to a second, so that processes that wait for the same thing do not ask in step. */
const untilNextTry = (): number => ASK_AGAIN_MS * (0.5 + Math.random() / 2)

/** The loop behind `Leases.lead`. */
export const leadWith = (
  name: string,
  take: Take,
  lead: (signal: AbortSignal) => Promise<void>,
  log: Pick<Log, 'warn' | 'error'>,
): Leading => {
  const stopping = new AbortController()
  let lease: Lease | undefined
  let complained = false

  const taken = async (): Promise<Lease | undefined> => {
    try {
      const found = await take()
      complained = false
      return found
    } catch (error) {
      if (!complained) log.warn({ err: error, lease: name }, 'no lease can be asked for; trying again every second')
      complained = true
      return undefined
    }
  }

  const leadOnce = async (held: Lease): Promise<void> => {
    lease = held
    try {
      await lead(AbortSignal.any([held.lost, stopping.signal]))
    } catch (error) {
      const expected = stopping.signal.aborted || held.lost.aborted
      if (!expected)
        log.error({ err: error, lease: name }, 'what this process leads has failed; it begins again in a second')
    }
    lease = undefined
    await held.release().catch(() => undefined) // it runs out by itself
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const held = await taken()
      if (held !== undefined) await leadOnce(held)
      const wait = held === undefined ? untilNextTry() : ASK_AGAIN_MS
      await pause(wait, undefined, { signal: stopping.signal }).catch(() => undefined) // stopped
    }
  }
  const running = run()

  return {
    get leads() {
      return lease?.held === true && !stopping.signal.aborted
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}
