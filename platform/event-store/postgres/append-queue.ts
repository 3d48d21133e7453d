import { setTimeout as delay } from 'node:timers/promises'
import { PlatformError } from '../../platform-error.ts'
import type { CheckedAppend } from '../checked-append.ts'
import type { AppendResult } from '../event-store.ts'
import type { EventStoreLog } from '../event-store-log.ts'
import type { Outcome } from './append-call.ts'
import { failureOf } from '../../database/failures.ts'
import { takeFlush } from './flush.ts'
import { PendingAppend } from './pending-append.ts'

export interface AppendQueueOptions {
  readonly call: (requests: readonly CheckedAppend[]) => Promise<readonly Outcome[]>
  /** Called after each flush that may have written something. */
  readonly written: () => void
  readonly log: EventStoreLog
  /** Milliseconds after which an append without an answer is given up. */
  readonly timeoutMs: number
}

export interface AppendQueue {
  push(append: CheckedAppend): Promise<AppendResult>
  /** Refuses new appends, waits up to 2 s for those that are queued, then gives them up. */
  close(): Promise<void>
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000
const CLOSE_MS = 2000
/** How far beyond its deadline an append may wait. */
const LATENESS_MS = 100

/**
 * Gathers the appends of this process into flushes, one under way at a time: while one commits, the next fills up. (Two
 * at once were measured to be no faster: the lock orders them, and each is half as full.) A flush that fails for the
 * moment, or whose answer is lost, is sent again as it was, until its members' time is up: the ids make that safe.
 */
export const newAppendQueue = ({ call, written, log, timeoutMs }: AppendQueueOptions): AppendQueue => {
  const queued: PendingAppend[] = []
  let underWay: readonly PendingAppend[] = []
  let running: Promise<void> | undefined
  let closed = false

  const run = async (): Promise<void> => {
    // One timer for all: one each costs more than all else that an append needs here.
    const expiry = setInterval(giveUpExpired, LATENESS_MS)
    let pause = 0
    while (queued.length > 0) {
      // The callers that the last flush answered send their next appends now; let them join this one.
      await new Promise((resolve) => setImmediate(resolve))
      giveUpExpired() // so that none is sent of which nobody waits for the answer
      underWay = takeFlush(queued)
      const delivered = await deliver(underWay)
      underWay = []
      pause = delivered ? 0 : Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
      if (pause > 0 && !closed) await delay(pause)
    }
    clearInterval(expiry)
    running = undefined
  }

  const giveUpExpired = (): void => {
    const now = performance.now()
    for (const pending of [...underWay, ...queued]) {
      if (pending.deadline <= now) pending.giveUp(`no answer within ${timeoutMs} ms`)
    }
  }

  /** False when the database could not do it for now; the members are then queued again. */
  const deliver = async (members: readonly PendingAppend[]): Promise<boolean> => {
    if (members.length === 0) return true
    try {
      const outcomes = await attempt(members)
      for (const [index, outcome] of outcomes.entries()) members[index]?.answer(outcome)
      written()
      return true
    } catch (error) {
      return await afterFailure(members, error)
    }
  }

  const attempt = async (members: readonly PendingAppend[]): Promise<readonly Outcome[]> => {
    for (const member of members) member.sending()
    let limit: NodeJS.Timeout | undefined
    // The server has time limits of its own; this one is for a network that swallows packets.
    const silence = new Promise<never>((_, reject) => {
      limit = setTimeout(
        () => reject(new PlatformError('timeout', `no answer from the database within ${timeoutMs} ms`)),
        timeoutMs,
      )
    })
    try {
      return await Promise.race([call(members.map(({ append }) => append)), silence])
    } finally {
      clearTimeout(limit)
    }
  }

  const afterFailure = async (members: readonly PendingAppend[], error: unknown): Promise<boolean> => {
    const failure = failureOf(error)
    if (failure === 'lost') {
      for (const member of members) member.lost(error)
      written()
    } else {
      for (const member of members) member.notDone(error)
    }
    log.warn({ err: error, failure, appends: members.length }, 'a flush of appends failed')
    if (failure === 'content' || failure === 'broken') return await separately(members, error, failure)
    if (closed) for (const member of members) member.giveUp('the event store is closed')
    queued.unshift(...members)
    return false
  }

  /** The content of one member must not refuse the others. */
  const separately = async (
    members: readonly PendingAppend[],
    error: unknown,
    failure: 'content' | 'broken',
  ): Promise<boolean> => {
    const [only, ...others] = members
    if (only !== undefined && others.length === 0) {
      if (failure === 'content') only.refuse(error)
      else only.giveUp('the database does not work as the event store needs it')
      return true
    }
    let delivered = true
    for (const member of members) delivered = (await deliver([member])) && delivered
    return delivered
  }

  return {
    push: (append) => {
      if (closed) return Promise.reject(new PlatformError('unavailable', 'the event store is closed'))
      const pending = new PendingAppend(append, performance.now() + timeoutMs)
      queued.push(pending)
      running ??= run()
      return pending.result
    },
    close: async () => {
      closed = true
      await Promise.race([running, delay(CLOSE_MS, undefined, { ref: false })])
      for (const pending of [...underWay, ...queued]) pending.giveUp('the event store is closed')
    },
  }
}
