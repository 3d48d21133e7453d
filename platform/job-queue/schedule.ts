import { newHeap } from './heap.ts'
import { JOB_PRIORITIES, type JobPriority } from './job-queue.ts'
import { type Line, newLine } from './line.ts'
import type { QueuedJob } from './queued-job.ts'

/** A job in a schedule. */
export interface Entry {
  readonly job: QueuedJob
  /** Tries that count, the running one among them. */
  readonly attempts: number
  readonly state: 'behind' | 'ready' | 'delayed' | 'running' | 'gone'
}

interface Own extends Entry {
  attempts: number
  notBefore: number
  state: Entry['state']
  /** Grows with every change, so that what stands in a line or heap can tell that it is out of date. */
  stamp: number
}

/** The place of an entry in a line or heap. */
interface Place {
  readonly entry: Own
  readonly stamp: number
}

export interface ScheduleCounts {
  /** Behind another of their key, or ready to begin. */
  readonly ready: number
  readonly running: number
  readonly delayed: number
}

/**
 * When the jobs of one kind may begin: in memory, without timers of its own. Whatever is asked of it costs the same with one
 * job and with a million (delays: the logarithm). Only the first of a key can be ready, delayed or running; the others of
 * the key are behind it.
 */
export interface Schedule {
  /** False: a job of this id is there already. */
  add(job: QueuedJob, notBefore: number, attempts: number, now: number): boolean
  /** The next that may begin now, as running, and with this try counted. */
  next(now: number): Entry | undefined
  /** When the first of the delayed may begin. */
  readonly due: number | undefined
  find(id: string): Entry | undefined
  /** A running one is tried again; without `counted` as if the last try had not been. */
  again(entry: Entry, notBefore: number, counted: boolean, now: number): void
  /** Takes one out, whatever it waits for; the next of its key gets its turn. */
  remove(entry: Entry, now: number): void
  readonly counts: ScheduleCounts
}

export const newSchedule = (): Schedule => {
  const entries = new Map<string, Own>()
  const keys = new Map<string, Line<Own>>()
  const ready: Record<JobPriority, Line<Place>> = { high: newLine(), normal: newLine(), low: newLine() }
  const delayed = newHeap<Place>((a, b) => a.entry.notBefore < b.entry.notBefore)
  const count = { behind: 0, ready: 0, delayed: 0, running: 0, gone: 0 }

  const turn = (entry: Own, state: Entry['state']): void => {
    count[entry.state] -= 1
    count[state] += 1
    entry.state = state
    entry.stamp += 1
  }
  const isStale = ({ entry, stamp }: Place): boolean => entry.stamp !== stamp

  /** It is the first of its key, or has none: it may begin now or at its instant. */
  const enable = (entry: Own, now: number): void => {
    turn(entry, entry.notBefore > now ? 'delayed' : 'ready')
    const place = { entry, stamp: entry.stamp }
    if (entry.state === 'delayed') delayed.push(place)
    else ready[entry.job.priority].push(place)
  }

  const firstDelayed = (): Place | undefined => {
    while (delayed.first !== undefined && isStale(delayed.first)) delayed.take()
    return delayed.first
  }

  const enableDue = (now: number): void => {
    for (let first = firstDelayed(); first !== undefined; first = firstDelayed()) {
      if (first.entry.notBefore > now) return
      delayed.take()
      enable(first.entry, now)
    }
  }

  const takeReady = (): Own | undefined => {
    for (const priority of JOB_PRIORITIES) {
      for (let place = ready[priority].take(); place !== undefined; place = ready[priority].take()) {
        if (!isStale(place)) return place.entry
      }
    }
    return undefined
  }

  const enableNextOf = (key: string, now: number): void => {
    const line = keys.get(key)
    while (line?.first?.state === 'gone') line.take()
    if (line?.first === undefined) keys.delete(key)
    else if (line.first.state === 'behind') enable(line.first, now)
  }

  return {
    add(job, notBefore, attempts, now) {
      if (entries.has(job.id)) return false
      const entry: Own = { job, notBefore, attempts, state: 'behind', stamp: 0 }
      entries.set(job.id, entry)
      count.behind += 1
      if (job.key === undefined) {
        enable(entry, now)
        return true
      }
      const line = keys.get(job.key) ?? newLine<Own>()
      keys.set(job.key, line)
      line.push(entry)
      enableNextOf(job.key, now)
      return true
    },

    next(now) {
      enableDue(now)
      const entry = takeReady()
      if (entry === undefined) return undefined
      turn(entry, 'running')
      entry.attempts += 1
      return entry
    },

    get due() {
      return firstDelayed()?.entry.notBefore
    },

    find: (id) => entries.get(id),

    again(given, notBefore, counted, now) {
      const entry = entries.get(given.job.id)
      if (entry !== given || entry.state !== 'running') return
      if (!counted) entry.attempts -= 1
      entry.notBefore = notBefore
      enable(entry, now)
    },

    remove(given, now) {
      const { id, key } = given.job
      const entry = entries.get(id)
      if (entry === undefined || entry !== given) return // another of the same id was added since
      entries.delete(id)
      turn(entry, 'gone')
      if (key !== undefined) enableNextOf(key, now)
    },

    get counts() {
      return { ready: count.behind + count.ready, running: count.running, delayed: count.delayed }
    },
  }
}
