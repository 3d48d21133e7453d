import type { Clock } from '../clock.ts'
import type { Log } from '../log/log.ts'
import type { Job, JobOutcome, Perform, WorkPolicy } from './job-queue.ts'
import type { Entry, Schedule } from './schedule.ts'
import type { Timers } from './timers.ts'

/** What an adapter keeps of the outcomes of tries. Each is waited for before the next of the key begins; none may reject. */
export interface Keeping {
  done(entry: Entry): Promise<void>
  /** It is tried again at the instant, after so many tries that count. */
  again(entry: Entry, attempts: number, notBefore: number): Promise<void>
  dead(entry: Entry, reason: string): Promise<void>
  /** False: it is no longer this process's to begin, and leaves the schedule. */
  mayBegin(entry: Entry): boolean
}

export interface Performing {
  /** Something may have become ready. */
  wake(): void
  /** Aborts the running try of the job, whose outcome then counts for nothing; it leaves the schedule. */
  drop(id: string): void
  stop(graceMs: number): Promise<void>
}

interface Given {
  readonly schedule: Schedule
  readonly policy: WorkPolicy
  readonly perform: Perform
  readonly keeping: Keeping
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Pick<Log, 'warn'>
}

interface Try {
  readonly entry: Entry
  readonly aborting: AbortController
  endLease: () => void
  /** Its outcome is known or no longer asked for. */
  over: boolean
}

/** Carries out what a schedule gives, so many at a time: the same for every adapter. */
export const startPerforming = ({ schedule, policy, perform, keeping, clock, timers, log }: Given): Performing => {
  const running = new Map<string, Try>()
  /** Resolve when the outcome of a try is kept. */
  const ending = new Set<Promise<void>>()
  let armed: { readonly at: number; readonly cancel: () => void } | undefined
  let stopping = false

  const wake = (): void => {
    while (!stopping && running.size < policy.concurrency) {
      const entry = schedule.next(clock.now())
      if (entry === undefined) break
      if (keeping.mayBegin(entry)) begin(entry)
      else schedule.remove(entry, clock.now())
    }
    arm()
  }

  const arm = (): void => {
    const due = stopping || running.size >= policy.concurrency ? undefined : schedule.due
    if (armed?.at === due) return
    armed?.cancel()
    armed = undefined
    if (due === undefined) return
    const cancel = timers.at(due, () => {
      armed = undefined
      wake()
    })
    armed = { at: due, cancel }
  }

  const begin = (entry: Entry): void => {
    const one: Try = { entry, aborting: new AbortController(), endLease: () => undefined, over: false }
    running.set(entry.job.id, one)
    lease(one)
    const ended = carryOut(one).finally(() => ending.delete(ended))
    ending.add(ended)
  }

  const lease = (one: Try): void => {
    one.endLease()
    one.endLease = timers.after(policy.leaseMs, () => {
      const reason = `it went on for ${policy.leaseMs} ms without progress`
      const lost = settle(one, { outcome: 'failed', reason, notBefore: clock.now() }).finally(() => ending.delete(lost))
      ending.add(lost)
      one.aborting.abort(new Error(reason))
    })
  }

  const carryOut = async (one: Try): Promise<void> => {
    let outcome: JobOutcome
    try {
      outcome = await perform(jobOf(one))
    } catch (error) {
      outcome = { outcome: 'failed', reason: error instanceof Error ? error.message : String(error) }
    }
    await settle(one, outcome)
  }

  const jobOf = (one: Try): Job => ({
    ...described(one.entry),
    signal: one.aborting.signal,
    progress: () => {
      if (one.over) return Promise.reject(new Error('the lease of this try was lost'))
      lease(one)
      return Promise.resolve()
    },
  })

  /** Only the first outcome of a try counts. */
  const settle = async (one: Try, outcome: JobOutcome): Promise<void> => {
    if (one.over) return
    close(one)
    await keep(one.entry, outcome)
    if (running.get(one.entry.job.id) === one) running.delete(one.entry.job.id)
    wake()
  }

  const close = (one: Try): void => {
    one.over = true
    one.endLease()
  }

  const keep = async (entry: Entry, outcome: JobOutcome): Promise<void> => {
    switch (outcome.outcome) {
      case 'done':
        await keeping.done(entry)
        schedule.remove(entry, clock.now())
        return
      case 'later':
        await keeping.again(entry, entry.attempts - 1, outcome.notBefore)
        schedule.again(entry, outcome.notBefore, false, clock.now())
        return
      case 'dead':
        await bury(entry, outcome.reason)
        return
      case 'failed': {
        if (entry.attempts >= policy.attempts) {
          await bury(entry, outcome.reason)
          return
        }
        const notBefore = outcome.notBefore ?? clock.now() + policy.backoff(entry.attempts)
        await keeping.again(entry, entry.attempts, notBefore)
        schedule.again(entry, notBefore, true, clock.now())
      }
    }
  }

  const bury = async (entry: Entry, reason: string): Promise<void> => {
    try {
      await policy.onDead?.(described(entry), reason)
    } catch (error) {
      log.warn({ err: error, kind: entry.job.kind, job: entry.job.id }, 'what follows from a dead job has failed')
    }
    await keeping.dead(entry, reason)
    schedule.remove(entry, clock.now())
  }

  /** Gives a try back that did not end in time; the next one begins as if this one had not been. */
  const giveBack = (one: Try): void => {
    close(one)
    running.delete(one.entry.job.id)
    one.aborting.abort(new Error('this process stops working on the kind'))
    schedule.again(one.entry, clock.now(), false, clock.now())
  }

  wake()

  return {
    wake,

    drop(id) {
      const one = running.get(id)
      const entry = schedule.find(id)
      if (one !== undefined) {
        close(one)
        running.delete(id)
        one.aborting.abort(new Error('the job was taken out of the queue'))
      }
      if (entry !== undefined) schedule.remove(entry, clock.now())
      wake()
    },

    async stop(graceMs) {
      stopping = true
      arm()
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, graceMs)))
      await Promise.race([Promise.all([...ending]), late])
      clearTimeout(timer)
      for (const one of [...running.values()]) giveBack(one)
    },
  }
}

const described = ({ job, attempts }: Entry): Omit<Job, 'signal' | 'progress'> => ({
  id: job.id,
  kind: job.kind,
  key: job.key,
  data: JSON.parse(job.data) as unknown,
  attempt: attempts,
  publishedAt: job.publishedAt,
})
