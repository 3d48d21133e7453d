import type { Clock } from '../../clock.ts'
import type { Leases } from '../../leases/leases.ts'
import type { Log } from '../../log/log.ts'
import type { Perform, Working, WorkPolicy } from '../job-queue.ts'
import { type Keeping, startPerforming } from '../performing.ts'
import { type Entry, newSchedule } from '../schedule.ts'
import type { Timers } from '../timers.ts'
import type { Members } from './members.ts'
import { bytesOf, HELD, jobOf, readDead, readJob, readTries, type TriesMessage } from './messages.ts'
import type { NatsAccess } from './nats-connection.ts'
import { type Names, placeOf } from './names.ts'
import { newOutcomes } from './outcomes.ts'
import { keepPartitions, type Opening } from './owned-partitions.ts'
import { type Located, newFinished, type Partition } from './partition.ts'
import type { Streams } from './streams.ts'
import { readAll, type ReadMessage, readSubject } from './subject-reader.ts'

interface Given {
  readonly access: NatsAccess
  readonly names: Names
  readonly streams: Streams
  readonly members: Members
  readonly leases: Leases
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Pick<Log, 'warn'>
  readonly kind: string
  readonly policy: WorkPolicy
  readonly perform: Perform
}

export interface NatsWorking extends Working {
  /** The job was taken out of the stream. */
  cancel(id: string): void
}

interface KnownTries extends TriesMessage {
  /** Where this is written. */
  readonly at: number
}

/** What the processes that had a partition before have left. */
interface Before {
  readonly tries: Map<string, KnownTries>
  /** The last one did not let go of it: while what was there is read, jobs are suspect. */
  suspect: boolean
}

/** Carries out the jobs of the partitions of a kind that fall to this process. */
export const startNatsWorking = (given: Given): NatsWorking => {
  const { access, names, streams, members, leases, clock, timers, log, kind, policy, perform } = given
  const schedule = newSchedule()
  const located = new Map<string, Located>()
  const ended = new AbortController()
  const outcomes = newOutcomes({ access, names, streams, clock, kind, ended: ended.signal })

  /** Writes an outcome when the job still stands where this process read it. */
  const write = async (
    { job: { id } }: Entry,
    how: (place: Located) => Promise<void>,
    stays = false,
  ): Promise<void> => {
    const place = located.get(id)
    if (place === undefined) return
    await how(place)
    place.partition.underWay.delete(id)
    if (stays || located.get(id) !== place) return
    located.delete(id)
    place.partition.ids.delete(id)
  }

  const keeping: Keeping = {
    done: (entry) =>
      write(entry, async (place) => {
        place.partition.finished.add(place.seq)
        await outcomes.done(place)
      }),
    again: (entry, attempts, notBefore) =>
      write(entry, (place) => outcomes.again(entry.job.id, place, attempts, notBefore), true),
    dead: (entry, reason) => write(entry, (place) => outcomes.dead(entry, place, reason)),
    mayBegin({ job: { id } }) {
      const partition = located.get(id)?.partition
      if (partition === undefined || partition.leaving || partition.gone.signal.aborted) return false
      if (!partition.lease.held) return false
      partition.underWay.add(id)
      return true
    },
  }

  /**
   * Tries are written down when they fail, which a process that a job ends with it does not live to do. Whoever takes over from
   * a process that did not end cleanly writes them down before they begin, for as long as it may have been one of these jobs.
   */
  const performSuspects: Perform = async (job) => {
    const place = located.get(job.id)
    if (place?.suspect !== true) return perform(job)
    if (job.attempt > policy.attempts) return { outcome: 'dead', reason: 'the processes that tried it ended with it' }
    await outcomes.again(job.id, place, job.attempt, 0)
    return perform(job)
  }
  const performing = startPerforming({ schedule, policy, perform: performSuspects, keeping, clock, timers, log })

  const drop = (id: string): void => {
    const place = located.get(id)
    located.delete(id)
    place?.partition.ids.delete(id)
    place?.partition.underWay.delete(id)
    performing.drop(id)
  }

  const cancel = (id: string): void => {
    const place = located.get(id)
    place?.partition.finished.add(place.seq)
    drop(id)
  }

  const buryUnreadable = async (id: string, partition: Partition, seq: number): Promise<void> => {
    const reason = 'its data cannot be read'
    try {
      await policy.onDead?.({ id, kind, key: undefined, data: null, attempt: 0, publishedAt: clock.now() }, reason)
    } catch (error) {
      log.warn({ err: error, kind, job: id }, 'what follows from a dead job has failed')
    }
    await outcomes.unreadable(id, partition, seq, reason)
  }

  const take = (partition: Partition, { seq, subject, data }: ReadMessage, before: Before): void => {
    const { tries, suspect } = before
    const { id } = placeOf(subject)
    partition.seen?.add(id)
    if (partition.gone.signal.aborted || partition.dead.get(id) === seq || located.get(id)?.seq === seq) return
    if (partition.finished.has(seq)) {
      void outcomes.done({ partition, seq, suspect })
      return
    }
    // it stood elsewhere before: taken out and published again
    if (located.has(id)) drop(id)
    partition.dead.delete(id)
    const message = readJob(data)
    if (message === undefined) {
      void buryUnreadable(id, partition, seq)
      return
    }
    const known = tries.get(id)
    const tried = known?.seq === seq ? known : undefined
    if (tried !== undefined) tries.delete(id)
    located.set(id, { partition, seq, suspect, triesSeq: tried?.at })
    partition.ids.add(id)
    const notBefore = tried?.notBefore ?? message.from ?? 0
    schedule.add(jobOf(kind, id, message), notBefore, tried?.attempts ?? 0, clock.now())
    performing.wake()
  }

  const beforeOf = async (number: number, signal: AbortSignal): Promise<Before> => {
    const subject = names.subject('tries', kind, number, '*')
    const found: Before = { tries: new Map(), suspect: false }
    for (const { seq: at, subject: of, data } of await readAll({ access, stream: names.tries, subject }, signal)) {
      const { id } = placeOf(of)
      const message = readTries(data)
      if (id === HELD) found.suspect = true
      else if (message !== undefined) found.tries.set(id, { ...message, at })
    }
    return found
  }

  const deadOf = async (number: number, signal: AbortSignal): Promise<Map<string, number>> => {
    const subject = names.subject('dead', kind, number, '*')
    const messages = await readAll({ access, stream: names.dead, subject }, signal)
    return new Map(messages.map(({ subject: of, data }) => [placeOf(of).id, readDead(data)?.seq ?? 0]))
  }

  /** What was tried and what is dead is known before the first job is read. */
  const open = async ({ number, lease, signal }: Opening): Promise<Partition> => {
    const { generation } = streams
    const [before, dead] = await Promise.all([beforeOf(number, signal), deadOf(number, signal)])
    const held = names.subject('tries', kind, number, HELD)
    const { seq: mark } = await access.jetstream.publish(held, bytesOf({ by: members.own }))
    const gone = new AbortController()
    const partition: Partition = {
      ...{ number, lease, generation, gone, dead, mark },
      ...{ ids: new Set<string>(), underWay: new Set<string>(), finished: newFinished(), leaving: false },
    }
    partition.reader = readSubject({
      access,
      stream: names.jobs,
      subject: names.subject('jobs', kind, number, '*'),
      onMessage: (message) => take(partition, message, before),
      onCaughtUp: () => {
        for (const { at } of before.tries.values()) outcomes.forgetTries(at)
        before.tries.clear()
        before.suspect = false
        const { seen } = partition
        partition.seen = undefined
        if (seen !== undefined) for (const id of [...partition.ids]) if (!seen.has(id)) drop(id)
      },
    })
    return partition
  }

  const leave = (partition: Partition, cleanly: boolean): void => {
    partition.gone.abort()
    partition.reader?.stop()
    for (const id of [...partition.ids]) drop(id)
    if (cleanly) outcomes.forgetTries(partition.mark)
  }

  const partitions = keepPartitions({ kind, names, members, leases, streams, log, open, leave })
  const membership = members.join(kind, () => schedule.counts, partitions.look)

  const stopOnce = async (graceMs: number): Promise<void> => {
    const performed = performing.stop(graceMs)
    await Promise.all([performed, partitions.pause(performed)])
    ended.abort()
    await partitions.release()
    membership.leave()
  }
  let stopped: Promise<void> | undefined

  return {
    cancel,
    stop: (graceMs) => (stopped ??= stopOnce(graceMs)),
  }
}
