import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../clock.ts'
import type { Entry } from '../schedule.ts'
import { bytesOf, type DeadMessage, jobMessage } from './messages.ts'
import type { NatsAccess } from './nats-connection.ts'
import { isGone } from './nats-failures.ts'
import type { Names } from './names.ts'
import type { Located, Partition } from './partition.ts'
import type { Streams } from './streams.ts'

interface Given {
  readonly access: NatsAccess
  readonly names: Names
  readonly streams: Streams
  readonly clock: Clock
  readonly kind: string
  /** Aborts when nothing is written any more: what was not is done again by the next who has the partition. */
  readonly ended: AbortSignal
}

/** Writes what became of tries to the server. Tried again until it is written, or the partition is somebody else's. */
export interface Outcomes {
  done(located: Located): Promise<void>
  again(id: string, located: Located, attempts: number, notBefore: number): Promise<void>
  dead(entry: Entry, located: Located, reason: string): Promise<void>
  /** One that could not be read. */
  unreadable(id: string, partition: Partition, seq: number, reason: string): Promise<void>
  /** What is left of jobs that are gone. Failing is no harm. */
  forgetTries(seq: number): void
}

const AGAIN_MS = 200

export const newOutcomes = ({ access, names, streams, clock, kind, ended }: Given): Outcomes => {
  const untilWritten = async ({ gone, generation }: Partition, write: () => Promise<unknown>): Promise<void> => {
    while (!ended.aborted && !gone.signal.aborted) {
      // Numbers of messages mean something else in a stream that was made anew.
      if (!streams.sure) await streams.look()
      if (generation !== streams.generation) return
      try {
        if (!streams.sure) throw new Error('the server has not answered since the connection broke')
        await write()
        return
      } catch (error) {
        if (isGone(error)) return
        await pause(AGAIN_MS)
      }
    }
  }

  const forgetTries = (seq: number): void => {
    if (!streams.sure) return
    access.streams.streams.deleteMessage(names.tries, seq, false).catch(() => undefined) // it names a message that is gone
  }

  const bury = (id: string, partition: Partition, message: DeadMessage): Promise<void> =>
    untilWritten(partition, async () => {
      await access.jetstream.publish(names.subject('dead', kind, partition.number, id), bytesOf(message))
      partition.dead.set(id, message.seq)
    })

  return {
    async done({ partition, seq, triesSeq }) {
      await untilWritten(partition, () => access.streams.streams.deleteMessage(names.jobs, seq, false))
      if (triesSeq !== undefined) forgetTries(triesSeq)
    },

    async again(id, located, attempts, notBefore) {
      const { partition, seq } = located
      await untilWritten(partition, async () => {
        const subject = names.subject('tries', kind, partition.number, id)
        const { seq: at } = await access.jetstream.publish(subject, bytesOf({ seq, attempts, notBefore }))
        located.triesSeq = at
      })
    },

    async dead({ job, attempts }, { partition, seq, triesSeq }, reason) {
      await bury(job.id, partition, { seq, job: jobMessage(job), attempts, reason, diedAt: clock.now() })
      if (triesSeq !== undefined) forgetTries(triesSeq)
    },

    unreadable: (id, partition, seq, reason) => bury(id, partition, { seq, attempts: 0, reason, diedAt: clock.now() }),

    forgetTries,
  }
}
