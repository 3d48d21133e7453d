import { AckPolicy, DeliverPolicy, nanos, type StoredMsg } from 'nats'
import type { Clock } from '../../clock.ts'
import type { Leases } from '../../leases/leases.ts'
import type { Log } from '../../log/log.ts'
import { PlatformError } from '../../platform-error.ts'
import type { DeadJob, JobQueue } from '../job-queue.ts'
import { systemTimers, type Timers } from '../timers.ts'
import { openMembers } from './members.ts'
import { bytesOf, readDead } from './messages.ts'
import { connectToNats, type NatsAccess, type NatsLocation } from './nats-connection.ts'
import { isGone, isTaken } from './nats-failures.ts'
import { namesFor, placeOf } from './names.ts'
import { type NatsWorking, startNatsWorking } from './nats-working.ts'
import { newPublishing } from './publishing.ts'
import { openStreams } from './streams.ts'
import { readAll } from './subject-reader.ts'

interface Options extends NatsLocation {
  /** Which process carries out which part of a kind. */
  readonly leases: Leases
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
  readonly timers?: Timers
  /** Begins the names of streams and subjects: letters, digits and underscores. */
  readonly prefix?: string
}

const CLOSE_GRACE_MS = 2000
const ANSWER_MS = 4500

/**
 * The queue on NATS JetStream (2.9 or newer). Whatever stands in the stream of jobs is to be done or dead; the process that holds
 * a partition's lease reads it from its start, in order, and deletes what is done. The broker keeps no state of tries beyond
 * that, so that the order of a key outlives a process.
 * @throws {PlatformError} `unavailable`
 */
export const openNatsQueue = async (options: Options): Promise<JobQueue> => {
  const { leases, clock, log, timers = systemTimers(clock), prefix = 'waybill' } = options
  const access = await connectToNats(options)
  const names = namesFor(prefix)
  const { connection, jetstream, streams: manager } = access
  const streams = await openStreams(access, names, log).catch(async (error: unknown) => {
    await connection.close()
    throw new PlatformError('unavailable', `NATS has no streams for jobs: ${(error as Error).message}`, {
      cause: error,
    })
  })
  const members = openMembers(access, names)
  const publish = newPublishing(access, streams, names, clock)
  const working = new Map<string, NatsWorking>()
  let closed: Promise<void> | undefined

  connection.subscribe(names.told('*'), {
    callback: (error, message) => {
      if (error === null) working.get(message.subject.split('.').at(-1) ?? '')?.cancel(message.string())
    },
  })

  /** The last message of a job in a stream, whatever its partition. */
  const find = async (stream: 'jobs' | 'dead', kind: string, id: string): Promise<StoredMsg | undefined> => {
    try {
      return await manager.streams.getMessage(names[stream], { last_by_subj: names.subject(stream, kind, '*', id) })
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  const remove = async (stream: 'jobs' | 'dead', seq: number): Promise<boolean> => {
    try {
      return await manager.streams.deleteMessage(names[stream], seq, false)
    } catch (error) {
      if (isGone(error)) return false
      throw error
    }
  }

  /** Counted by the server for a consumer that nobody reads from. */
  const countOf = async (stream: 'jobs' | 'dead', kind: string): Promise<number> => {
    const { num_pending, name } = await manager.consumers.add(names[stream], {
      filter_subject: names.subject(stream, kind, '*', '*'),
      deliver_policy: DeliverPolicy.All,
      ack_policy: AckPolicy.None,
      inactive_threshold: nanos(1000),
      mem_storage: true,
    })
    manager.consumers.delete(names[stream], name).catch(() => undefined) // it ends by itself in a second
    return num_pending
  }

  const stop = async (): Promise<void> => {
    await Promise.all([...working.values()].map((one) => one.stop(CLOSE_GRACE_MS)))
    streams.close()
    members.close()
    // what was said last goes out, if anybody is there
    await Promise.race([connection.flush().catch(() => undefined), new Promise((resolve) => setTimeout(resolve, 500))])
    await connection.close()
  }

  return {
    get generation() {
      return streams.generation
    },
    onGeneration: (listener) => streams.onChange(() => listener(streams.generation)),
    publish,

    work(kind, policy, perform) {
      if (working.has(kind)) throw new Error(`this process works on ${kind} already`)
      const one = startNatsWorking({
        ...{ access, names, streams, members, leases, clock, timers, log },
        ...{ kind, policy, perform },
      })
      working.set(kind, one)
      return {
        async stop(graceMs) {
          await one.stop(graceMs)
          if (working.get(kind) === one) working.delete(kind)
        },
      }
    },

    cancel: (kind, id) =>
      answered(access, async () => {
        const found = await find('jobs', kind, id)
        const dead = await find('dead', kind, id)
        if (dead !== undefined) await remove('dead', dead.seq)
        if (found === undefined || !(await remove('jobs', found.seq))) return false
        connection.publish(names.told(kind), id)
        await connection.flush()
        return true
      }),

    counts: (kind) =>
      answered(access, async () => {
        const [all, dead] = await Promise.all([countOf('jobs', kind), countOf('dead', kind)])
        const { running, delayed } = members.doing(kind)
        return { ready: Math.max(0, all - dead - running - delayed), running, delayed, dead }
      }),

    dead: (kind, limit) =>
      answered(access, async () => {
        if (limit <= 0) return []
        const wanted = { access, stream: names.dead, subject: names.subject('dead', kind, '*', '*') }
        const found: DeadJob[] = []
        for (const { subject, data } of await readAll(wanted, AbortSignal.timeout(ANSWER_MS), limit)) {
          const dead = readDead(data)
          if (dead === undefined) continue
          const { job, attempts, reason, diedAt } = dead
          const told = { id: placeOf(subject).id, kind, attempts, reason, diedAt, key: job?.k }
          found.push({ ...told, data: job === undefined ? null : (JSON.parse(job.d) as unknown) })
        }
        return found
      }),

    revive: (kind, id) =>
      answered(access, async () => {
        const found = await find('dead', kind, id)
        const dead = found && readDead(found.data)
        if (found === undefined || dead?.job === undefined) return false
        // In this order a process that dies in between leaves the dead one, which can be revived again.
        await remove('jobs', dead.seq)
        const { partition } = placeOf(found.subject)
        try {
          await jetstream.publish(names.subject('jobs', kind, partition, id), bytesOf(dead.job))
        } catch (error) {
          if (!isTaken(error)) throw error
        }
        await remove('dead', found.seq)
        return true
      }),

    close: () => (closed ??= stop()),
  }
}

/** Rejects with `unavailable` when the server fails or says nothing in time. */
const answered = async <T>({ state }: NatsAccess, work: () => Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS)
  })
  try {
    if (!state.connected) throw new Error('there is no connection')
    return await Promise.race([work(), late])
  } catch (error) {
    throw new PlatformError('unavailable', `the NATS server did not answer: ${(error as Error).message}`, {
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
}
