import { setTimeout as delay } from 'node:timers/promises'
import type { RecordedEvent } from '../platform/event-store/event-store.ts'
import type { Leases } from '../platform/leases/leases.ts'
import { bringForward } from './catch-up-lane.ts'
import { openLed, type LeadingParts, type Led } from './led.ts'
import { ManagerMoved, NewerVersion } from './checkpoint.ts'
import type { Lane } from './pending/lanes.ts'
import { newRepair } from './pending/repair.ts'
import { newTurns } from './turns.ts'
import type { ProcessManager } from './work.ts'
import type { Yielding } from './yielding.ts'

export interface RunningParts extends LeadingParts {
  readonly leases: Leases
  /** Whether other processes work on the same queue: jobs in one that is this process's own go when it leads no more. */
  readonly sharedQueue: boolean
  readonly yielding: Pick<Yielding, 'pace' | 'wanted'>
}

/** A process manager that this process leads whenever it is its turn. */
export interface Leadership {
  readonly name: string
  /** Undefined: another process leads it, or it is just being opened. */
  readonly led: Led | undefined
  /** A try of one of its jobs was the last; its lane has got room. */
  died(id: string): void
  /** Ends, and lets another process lead it. */
  stop(): Promise<void>
}

/** Events that are decided in one go while requests keep the process busy. */
const FEW = 16
const NOTE_MS = 1000
const MEND_MS = 10_000
/** After a failure, and after another process was seen to lead. */
const AGAIN_MS = 250
const NEWER_MS = 5000

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Leads the manager until `signal` aborts or something fails, and ends what it has begun. */
const leadOnce = async (
  parts: RunningParts,
  led: Led,
  leading: AbortSignal,
  manager: ProcessManager,
): Promise<void> => {
  const { sql, tail, queue, log, read, yielding } = parts
  const { feeder, lanes } = led
  const ending = new AbortController()
  const signal = AbortSignal.any([leading, ending.signal])
  const turns = newTurns()
  const repair = newRepair(sql, manager.name, feeder, () => queue.generation)
  const catchingUp = new Map<Lane, Promise<void>>()
  let failure: Error | undefined

  const fail = (error: unknown): void => {
    failure ??= error instanceof Error ? error : new Error(String(error))
    ending.abort()
  }
  const catchUp = async (lane: Lane, after: string): Promise<void> => {
    for await (const { events } of tail.follow(after, { signal, batchSize: 500 })) {
      if (!(await turns.take(() => bringForward({ sql, read }, led, lane, events)))) return
    }
  }
  const letLanesGoOn = (): void => {
    for (const lane of lanes.all()) {
      const { off, held, rows } = lane
      if (off === undefined || held || rows > lanes.limits.goesOn || catchingUp.has(lane) || !feeder.began) continue
      const running = catchUp(lane, off.at)
        .catch(fail)
        .finally(() => catchingUp.delete(lane))
      catchingUp.set(lane, running)
    }
  }
  const every = (milliseconds: number, work: () => Promise<void>): (() => Promise<void>) => {
    let running: Promise<void> | undefined
    const timer = setInterval(() => {
      running ??= work()
        .catch((error: unknown) => {
          if (error instanceof ManagerMoved) fail(error)
          else log.warn({ err: error, manager: manager.name }, 'the jobs of a process manager were not looked at')
        })
        .finally(() => (running = undefined))
    }, milliseconds)
    return async () => {
      clearInterval(timer)
      await running
    }
  }
  /** Jobs that could not begin now need not be written now. */
  const advance = async (events: readonly RecordedEvent[]): Promise<void> => {
    let rest = events
    while (rest.length > 0 && !signal.aborted) {
      const some = yielding.pace === Infinity ? rest : rest.slice(0, FEW)
      rest = rest.slice(some.length)
      const jobs = await turns.take(() => led.advance(some))
      await yielding.wanted({ jobs, events: some.length }, signal)
    }
  }
  const current = (): boolean => feeder.began && led.halted === undefined && led.position >= tail.position
  const ends = [
    every(NOTE_MS, async () => {
      await turns.take(() => led.store())
      await repair.note()
      letLanesGoOn()
    }),
    every(MEND_MS, () => repair.mend(current())),
  ]
  const forget = queue.onGeneration(() => feeder.refill())

  try {
    for await (const { events, confirmedAt } of tail.follow(led.position, { signal })) {
      await advance(events)
      if (led.halted !== undefined) await aborted(signal)
      if (confirmedAt !== undefined && !feeder.began) feeder.begin()
    }
    if (failure === undefined) await turns.take(() => led.store())
  } finally {
    forget()
    ending.abort()
    await Promise.all(ends.map((end) => end()))
    await Promise.all(catchingUp.values())
  }
  if (failure !== undefined) throw failure
}

/** Follows the log for the manager, in whichever process holds the lease `process-manager/{name}`. */
export const startLeadership = (parts: RunningParts, manager: ProcessManager): Leadership => {
  const { leases, log, sharedQueue } = parts
  let led: Led | undefined

  const lead = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      let opened: Led | undefined
      let pause = AGAIN_MS
      try {
        opened = await openLed(parts, manager)
        led = opened
        await leadOnce(parts, opened, signal, manager)
      } catch (error) {
        if (error instanceof NewerVersion) pause = NEWER_MS
        if (!signal.aborted) log.warn({ err: error, manager: manager.name }, 'a process manager starts over')
      } finally {
        led = undefined
        await opened?.feeder.stop({ cancel: !sharedQueue })
      }
      await delay(pause, undefined, { signal }).catch(() => undefined) // aborted: the loop ends
    }
  }
  const leading = leases.lead(`process-manager/${manager.name}`, lead)

  return {
    name: manager.name,
    get led() {
      return led
    },
    died: (id) => led?.feeder.over([id]),
    stop: () => leading.stop(),
  }
}
