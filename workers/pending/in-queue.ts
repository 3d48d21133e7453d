import type { PendingJob } from './job-rows.ts'
import type { Lane } from './lanes.ts'

/** A job that was given to the queue and is not over. */
export interface QueuedJob {
  readonly kind: string
  readonly lane: Lane
  readonly order: number
  /** `performance.now()` at which it was given to it last. */
  since: number
  /** The table says that it is in the queue. */
  noted: boolean
}

/** The jobs of one manager in the queue: at most `LaneLimits.inQueue` of each lane. */
export interface InQueue {
  has(id: string): boolean
  laneOf(id: string): Lane | undefined
  add(job: Pick<PendingJob, 'id' | 'kind' | 'order'>, lane: Lane): void
  /** Whether it was there. */
  remove(id: string): boolean
  /** Takes out all of a lane, or of all lanes, and returns them in their order. */
  removeAll(lane?: Lane): readonly { readonly id: string; readonly kind: string }[]
  entries(): Iterable<[string, QueuedJob]>
  /** Says that it was given to the queue again just now. */
  renew(id: string): void
  /** The table says that they are in the queue. */
  noted(ids: readonly string[]): void
  counts(): ReadonlyMap<string, number>
}

export const newInQueue = (): InQueue => {
  /** The oldest first. */
  const jobs = new Map<string, QueuedJob>()
  const kinds = new Map<string, number>()

  const remove = (id: string): boolean => {
    const job = jobs.get(id)
    if (job === undefined) return false
    jobs.delete(id)
    job.lane.queued -= 1
    kinds.set(job.kind, (kinds.get(job.kind) ?? 0) - 1)
    return true
  }
  return {
    has: (id) => jobs.has(id),
    laneOf: (id) => jobs.get(id)?.lane,
    add({ id, kind, order }, lane) {
      jobs.set(id, { kind, lane, order, since: performance.now(), noted: false })
      lane.queued += 1
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    },
    remove,
    removeAll(lane) {
      if (lane?.queued === 0) return []
      const own = [...jobs].filter(([, job]) => lane === undefined || job.lane === lane)
      for (const [id] of own) remove(id)
      return own.toSorted(([, one], [, other]) => one.order - other.order).map(([id, { kind }]) => ({ id, kind }))
    },
    entries: () => jobs.entries(),
    renew(id) {
      const job = jobs.get(id)
      if (job === undefined) return
      jobs.delete(id)
      jobs.set(id, { ...job, since: performance.now() })
    },
    noted(ids) {
      for (const id of ids) {
        const job = jobs.get(id)
        if (job !== undefined) job.noted = true
      }
    },
    counts: () => kinds,
  }
}
