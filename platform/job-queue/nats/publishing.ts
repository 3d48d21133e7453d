import { setTimeout as pause } from 'node:timers/promises'
import type { Clock } from '../../clock.ts'
import { newId } from '../../ids.ts'
import { PlatformError } from '../../platform-error.ts'
import type { NewJob } from '../job-queue.ts'
import { queuedJob } from '../queued-job.ts'
import { bytesOf, jobMessage } from './messages.ts'
import type { NatsAccess } from './nats-connection.ts'
import { isClosed, isTaken } from './nats-failures.ts'
import { type Names, partitionOf } from './names.ts'
import type { Streams } from './streams.ts'

interface Sending {
  readonly subject: string
  readonly bytes: Uint8Array
}

/** The whole of it; the port's callers wait no longer than 5 s. */
const PUBLISH_MS = 4500
/** A request that was under way when the connection broke is answered by nobody. */
const ANSWER_MS = 1000
const AGAIN_MS = 100
/** Messages under way at a time. */
const WINDOW = 256

/**
 * Publishes jobs; see `JobQueue.publish`. Those of a key are sent one after another, so that none can overtake another; and none into
 * streams that were made anew meanwhile, where it would stand before those that are lost and come again.
 */
export const newPublishing =
  ({ jetstream, state }: NatsAccess, streams: Streams, names: Names, clock: Clock) =>
  async (jobs: readonly NewJob[]): Promise<void> => {
    const publishedAt = clock.now()
    const { generation } = streams
    const chains = new Map<string, Sending[]>()
    for (const job of jobs) {
      const { id, kind, key } = job
      const bytes = bytesOf(jobMessage(queuedJob(job, publishedAt), job.notBefore))
      const sending = { subject: names.subject('jobs', kind, partitionOf(key ?? id), id), bytes }
      const chain = key === undefined ? `id ${id}` : `key ${kind} ${key}`
      const others = chains.get(chain)
      if (others === undefined) chains.set(chain, [sending])
      else others.push(sending)
    }

    const deadline = performance.now() + PUBLISH_MS
    const call = newId()
    let failed: unknown

    /** Sent again until it is there: under the same message id, so that one whose answer was lost is not there twice. */
    const send = async ({ subject, bytes }: Sending): Promise<void> => {
      for (;;) {
        const left = deadline - performance.now()
        try {
          if (left <= 0) throw new Error(`the server did not answer within ${PUBLISH_MS} ms`)
          // What is sent without a connection is kept by the client, again with every try.
          if (!state.connected) throw new Error('there is no connection')
          if (!streams.sure) await streams.look()
          if (streams.generation !== generation) throw new Error('the server has lost its jobs')
          if (!streams.sure) throw new Error('the server has not answered since the connection broke')
          await jetstream.publish(subject, bytes, { msgID: `${subject}/${call}`, timeout: Math.min(left, ANSWER_MS) })
          return
        } catch (error) {
          if (isTaken(error)) return
          if (left <= AGAIN_MS || isClosed(error) || streams.generation !== generation) throw error
          await pause(AGAIN_MS)
        }
      }
    }

    const waiting = chains.values()
    const sendChains = async (): Promise<void> => {
      for (const chain of waiting) {
        for (const sending of chain) {
          if (failed !== undefined) return
          await send(sending).catch((error: unknown) => (failed ??= error))
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(WINDOW, chains.size) }, sendChains))
    if (failed === undefined) return
    throw new PlatformError('unavailable', `the NATS server takes no jobs: ${(failed as Error).message}`, {
      cause: failed,
    })
  }
