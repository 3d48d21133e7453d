import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { newBell } from '../../platform/event-store/bell.ts'
import type { JobQueue } from '../../platform/job-queue/job-queue.ts'
import type { Log } from '../../platform/log/log.ts'
import { nextOfLane, type JobRow, type PendingJob } from './job-rows.ts'
import { newInQueue, type InQueue } from './in-queue.ts'
import type { Lane, Lanes } from './lanes.ts'

/**
 * Carries pending jobs of one manager into the queue, lane by lane in their order, and never more than so many of one at
 * once. What fits is carried from memory, the rest is read from the table as room is made, so that memory is bounded by the
 * number of lanes. All calls but `stop` only note what is to be done.
 */
export interface Feeder {
  readonly inQueue: InQueue
  /** Nothing is carried before: what the log holds beyond may say that it was done. */
  begin(): void
  /** Whether `begin` was called. */
  readonly began: boolean
  /** Jobs that have just been written, in order. */
  added(jobs: readonly PendingJob[]): void
  /** Jobs are over, or dead: their lanes have got room. */
  over(ids: readonly string[]): void
  /** Dead jobs that are to be tried anew. */
  revived(rows: readonly JobRow[]): void
  /** Takes single jobs out of the queue. */
  cancelled(rows: readonly Pick<JobRow, 'id' | 'kind'>[]): void
  /** What the lane has in the queue is taken out; where it is not held, it comes in again from the first. */
  turned(lane: Lane): void
  /** The lane has got on: it was let go, or has got rows by itself. */
  grown(lane: Lane): void
  /** The queue may have lost everything. */
  refill(): void
  /** Gives jobs to the queue again, or wakes them when it has them among its dead ones. */
  repeat(jobs: readonly PendingJob[]): void
  /** Ends; `cancel`: takes everything out of the queue. */
  stop(options: { readonly cancel: boolean }): Promise<void>
}

export interface FeederParts {
  readonly sql: Sql
  readonly queue: JobQueue
  readonly lanes: Lanes
  readonly manager: string
  readonly log: Log
}

/** Jobs in one call of the queue. */
const AT_ONCE = 500
const RETRY_MS = 1000
/** Only an upper bound: the bell rings for everything that there is to do. */
const WAIT_MS = 60_000

export const startFeeder = ({ sql, queue, lanes, manager, log }: FeederParts): Feeder => {
  const inQueue = newInQueue()
  const bell = newBell()
  const stopping = new AbortController()
  const hungry = new Set<Lane>()
  const revivals = new Set<string>()
  let ready: PendingJob[] = []
  let underWay: PendingJob[] = []
  const repeats: PendingJob[] = []
  /**
   * Of a lane the oldest first, and taken from the end: as soon as a job is out of the queue the next one of its key begins, and
   * that must not be one that is to be taken out as well.
   */
  let cancels: Pick<JobRow, 'id' | 'kind'>[] = []
  let began = false

  const look = (lane: Lane): void => {
    if (!began || !lane.backlog || lane.held || lane.queued > lanes.limits.getsMore) return
    hungry.add(lane)
    bell.ring()
  }
  const grow = (lane: Lane): void => {
    lane.backlog = true
    lane.grown += 1
    look(lane)
  }
  const turn = (lane: Lane): void => {
    ready = ready.filter((job) => job.lane !== lane.name)
    lane.turned += 1
    lane.cursor = 0
    hungry.delete(lane)
    grow(lane)
  }
  const readLane = async (lane: Lane): Promise<void> => {
    hungry.delete(lane)
    const room = lanes.limits.inQueue - lane.queued
    const { grown, turned } = lane
    const rows = await nextOfLane(sql, manager, lane.name, lane.cursor, room).catch((error: unknown) => {
      hungry.add(lane)
      throw error
    })
    if (lane.turned !== turned) {
      look(lane)
      return
    }
    lane.cursor = rows.at(-1)?.order ?? lane.cursor
    for (const job of rows) {
      if (inQueue.has(job.id)) continue
      inQueue.add(job, lane)
      underWay.push(job)
    }
    if (rows.length < room && lane.grown === grown) lane.backlog = false
    look(lane)
    lanes.forget(lane)
  }

  const publish = async (jobs: readonly PendingJob[]): Promise<void> => {
    const news: PendingJob[] = []
    for (const job of jobs) {
      // the queue has it among its dead ones, unless it has lost them
      if (!revivals.has(job.id) || !(await queue.revive(job.kind, job.id))) news.push(job)
    }
    // the queue may have lost everything meanwhile: then they come again behind those that were before them
    const still = news.filter(({ id }) => inQueue.has(id))
    if (still.length > 0) await queue.publish(still.map(({ lane: _, order: __, ...job }) => job))
    for (const { id } of jobs) revivals.delete(id)
  }

  const cancelAll = async (): Promise<void> => {
    for (let job = cancels.at(-1); job !== undefined; job = cancels.at(-1)) {
      const at = cancels.length - 1
      await queue.cancel(job.kind, job.id)
      if (cancels[at] === job) cancels.splice(at, 1)
    }
  }

  const carry = async (): Promise<boolean> => {
    await cancelAll()
    underWay = ready.splice(0, AT_ONCE)
    for (const lane of hungry) {
      if (underWay.length >= AT_ONCE) break
      await readLane(lane)
    }
    // a lane that was turned meanwhile may be among those that were read
    await cancelAll()
    underWay = underWay.filter(({ id }) => inQueue.has(id))
    const jobs = [...underWay, ...repeats.splice(0).filter(({ id }) => inQueue.has(id))]
    await publish(jobs)
    underWay = []
    return jobs.length > 0
  }

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const heard = bell.rings
      try {
        if (!(await carry())) await bell.wait(heard, WAIT_MS, stopping.signal)
      } catch (error) {
        if (stopping.signal.aborted) return
        log.warn({ err: error, manager }, 'jobs could not be put into the queue; they are in a moment')
        // they may be in the queue, so that they count as if they were; unless their lanes are read anew
        ready = [...underWay.filter(({ id }) => inQueue.has(id)), ...ready]
        underWay = []
        await delay(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined) // stopped: the loop ends
      }
    }
  }
  const running = run()

  return {
    inQueue,
    get began() {
      return began
    },
    begin() {
      began = true
      for (const lane of lanes.all()) look(lane)
    },
    added(jobs) {
      for (const job of jobs) {
        const lane = lanes.of(job.lane)
        lanes.count(lane, job.kind, 1)
        if (!began || lane.held || lane.backlog || lane.queued >= lanes.limits.inQueue) {
          grow(lane)
          continue
        }
        inQueue.add(job, lane)
        lane.cursor = job.order
        ready.push(job)
      }
      bell.ring()
    },
    over(ids) {
      for (const id of ids) {
        const lane = inQueue.laneOf(id)
        if (lane === undefined) continue
        inQueue.remove(id)
        look(lane)
      }
    },
    revived(rows) {
      for (const { id, lane } of rows) {
        inQueue.remove(id)
        revivals.add(id)
        grow(lanes.of(lane))
      }
    },
    cancelled(rows) {
      cancels.push(...rows)
      bell.ring()
    },
    turned(lane) {
      cancels.push(...inQueue.removeAll(lane))
      turn(lane)
      bell.ring()
    },
    grown: grow,
    refill() {
      cancels = []
      for (const lane of lanes.all()) {
        inQueue.removeAll(lane)
        turn(lane)
      }
    },
    repeat(jobs) {
      for (const { id } of jobs) revivals.add(id)
      repeats.push(...jobs)
      bell.ring()
    },
    async stop({ cancel }) {
      stopping.abort()
      bell.ring()
      await running
      if (!cancel) return
      cancels = [...cancels, ...inQueue.removeAll()]
      await cancelAll()
    },
  }
}
