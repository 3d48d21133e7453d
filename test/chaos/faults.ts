import { setTimeout as pause } from 'node:timers/promises'
import type { WaybillProcess } from '../waybill-process.ts'
import { leaderOf } from './leader.ts'
import type { Processes } from './processes.ts'
import type { KilledReceiver } from './receiver.ts'

/** Something that was down, in milliseconds since the epoch. */
export interface Fault {
  readonly what: string
  readonly from: number
  readonly until: number
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const RESTART_MS = 30_000

/** As whatever watches over processes does it: one that is started while NATS is away ends again. */
const startUntilReady = async (worker: WaybillProcess): Promise<void> => {
  const deadline = performance.now() + RESTART_MS
  for (;;) {
    try {
      await worker.restart()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}

export interface FaultPlan {
  readonly random: () => number
  /** Faults of each kind are spread over so long. */
  readonly ms: number
  readonly workerKills: number
  readonly natsKills: number
  readonly receiverKills: number
}

/** Kills (with -9) and starts again workers, NATS and the receiver; NATS loses once all that it has stored. */
export const makeFaults = async (
  { workers, nats }: Processes,
  receiver: KilledReceiver,
  { random, ms, workerKills, natsKills, receiverKills }: FaultPlan,
): Promise<readonly Fault[]> => {
  const began = performance.now()
  const faults: Fault[] = []

  /** One after another, each somewhere in the first half of its own part of the time. */
  const spread = async (count: number, fault: (index: number) => Promise<string>): Promise<void> => {
    const starts = Array.from({ length: count }, (_, index) => ((index + random() / 2) * ms) / count)
    for (const [index, start] of starts.entries()) {
      await pause(Math.max(0, began + start - performance.now()))
      const from = Date.now()
      const what = await fault(index)
      faults.push({ what, from, until: Date.now() })
    }
  }
  const downFor = (least: number, most: number): Promise<void> => pause(least + random() * (most - least))

  const workerFaults = spread(workerKills, async (index) => {
    // every other time the one that leads: nothing is decided until another one does
    const any = workers[Math.floor(random() * workers.length)]
    const worker = (index % 2 === 0 ? await leaderOf(workers) : undefined) ?? any
    if (worker === undefined) throw new Error('there are no workers')
    await worker.kill('SIGKILL')
    await downFor(0, 1500)
    await startUntilReady(worker)
    return `worker ${workers.indexOf(worker)}`
  })
  const natsFaults = spread(nats === undefined ? 0 : natsKills, async (index) => {
    await nats?.kill()
    if (index === 1) await nats?.wipe()
    await downFor(200, 1500)
    await nats?.start()
    return index === 1 ? 'nats-server, wiped' : 'nats-server'
  })
  const receiverFaults = spread(receiverKills, async () => {
    await receiver.kill()
    await downFor(200, 1500)
    await receiver.start()
    return 'receiver'
  })
  await Promise.all([workerFaults, natsFaults, receiverFaults])
  return faults
}
