import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import type { ReadEvent } from './logged-event.ts'
import { checkedJob, type CheckedJob } from './pending/checked-job.ts'
import type { LoggedEvent, ProcessManager } from './work.ts'

/** What follows from a run of events, as it is written in one transaction: lanes first, then settled, retried, and new jobs. */
export interface Decision {
  readonly state: unknown
  /** In the order in which they were wanted. */
  readonly jobs: ReadonlyMap<string, CheckedJob>
  readonly settled: ReadonlySet<string>
  /** Of the settled ones, those that somebody took out: they may still be in the queue. */
  readonly dropped: ReadonlySet<string>
  readonly retried: ReadonlySet<string>
  readonly lanes: ReadonlyMap<string, 'open' | 'held'>
  readonly droppedLanes: ReadonlySet<string>
  /** Everything up to here is decided. */
  readonly position: Position
  /** The event after `position` that cannot be decided. */
  readonly poison: { readonly event: RecordedEvent; readonly reason: string } | undefined
  /** Events that were not looked at, because so many jobs are written at once. */
  readonly rest: readonly RecordedEvent[]
}

/** So many jobs end a decision; one event may still want more. */
const MANY_JOBS = 5_000
/** A manager is pure, so that it fails again; but what it fails of may be the process's memory. */
const TRIES = 3

const collected = () => ({
  jobs: new Map<string, CheckedJob>(),
  settled: new Set<string>(),
  dropped: new Set<string>(),
  retried: new Set<string>(),
  lanes: new Map<string, 'open' | 'held'>(),
  droppedLanes: new Set<string>(),
})
type Collected = ReturnType<typeof collected>

const settle = (into: Collected, id: string): void => {
  into.jobs.delete(id)
  into.settled.add(id)
}

const dropLane = (into: Collected, lane: string): void => {
  for (const job of into.jobs.values()) if (job.lane === lane) into.jobs.delete(job.id)
  into.lanes.delete(lane)
  into.droppedLanes.add(lane)
}

/** What people want of single jobs is the same for all managers. */
const takeWishes = (into: Collected, { type, data }: LoggedEvent): void => {
  if (type === 'JobRetried') into.retried.add((data as { jobId: string }).jobId)
  if (type === 'JobDropped') {
    const { jobId } = data as { jobId: string }
    settle(into, jobId)
    into.dropped.add(jobId)
  }
}

const reactTo = (manager: ProcessManager, state: unknown, event: RecordedEvent, read: ReadEvent) => {
  for (let tried = 1; ; tried++) {
    try {
      const logged = read(event)
      const reaction = manager.react(state, logged)
      return { logged, reaction, jobs: (reaction.jobs ?? []).map(checkedJob) }
    } catch (error) {
      if (tried === TRIES) return error instanceof Error ? error : new Error(String(error))
    }
  }
}

/** Decides events in order, up to one that cannot be decided. */
export const decideBatch = (
  manager: ProcessManager,
  from: { readonly state: unknown; readonly position: Position },
  events: readonly RecordedEvent[],
  read: ReadEvent,
): Decision => {
  const into = collected()
  let { state, position } = from
  for (const [index, event] of events.entries()) {
    if (event.position <= position) continue
    if (into.jobs.size >= MANY_JOBS) return { ...into, state, position, poison: undefined, rest: events.slice(index) }
    const decided = reactTo(manager, state, event, read)
    if (decided instanceof Error)
      return { ...into, state, position, poison: { event, reason: decided.message }, rest: [] }
    const { logged, reaction, jobs } = decided
    takeWishes(into, logged)
    for (const [lane, wanted] of reaction.lanes ?? []) {
      if (wanted === 'dropped') dropLane(into, lane)
      else into.lanes.set(lane, wanted)
    }
    for (const id of reaction.settled ?? []) settle(into, id)
    for (const job of jobs) if (!into.jobs.has(job.id)) into.jobs.set(job.id, job)
    state = reaction.state
    position = event.position
  }
  return { ...into, state, position, poison: undefined, rest: [] }
}

/** Whether there is nothing to write but the position. */
export const isIdle = (decision: Decision, stateBefore: unknown): boolean =>
  decision.state === stateBefore &&
  decision.jobs.size + decision.settled.size + decision.retried.size === 0 &&
  decision.lanes.size + decision.droppedLanes.size === 0
