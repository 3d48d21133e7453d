import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { isPublished, liveEventOf } from '../../domain/live/live-event.ts'
import type { Position } from '../../platform/event-store/event-store.ts'
import type { Tail } from '../../platform/event-store/tail.ts'
import type { Leases } from '../../platform/leases/leases.ts'
import type { Log } from '../../platform/log/log.ts'
import type { EventTopic } from './event-topic.ts'
import { publishedPosition, savePublishedPosition } from './published-position.ts'

export interface PublishingSources {
  readonly topic: EventTopic
  readonly tail: Pick<Tail, 'follow' | 'position'>
  readonly sql: Sql
  readonly leases: Pick<Leases, 'lead'>
  readonly log: Pick<Log, 'warn' | 'info'>
}

export interface EventPublishing {
  /** Whether this process publishes right now. */
  readonly leads: boolean
  stop(): Promise<void>
}

const LEASE = 'live-events'
const BATCH_SIZE = 256
const FIRST_RETRY_MS = 200
const LAST_RETRY_MS = 5000

/**
 * Publishes every event to a topic, in log order, by one process of all. Where it goes on is what the topic has last; the
 * position in the database is for a topic that has lost what it had. A topic that is away delays, and loses nothing.
 */
export const publishEvents = ({ topic, tail, sql, leases, log }: PublishingSources): EventPublishing => {
  const publishFrom = async (after: Position, signal: AbortSignal, onward: () => void): Promise<void> => {
    for await (const { events, position } of tail.follow(after, { signal, batchSize: BATCH_SIZE })) {
      if (events.length === 0) continue
      const published = events.map(liveEventOf).filter(({ type }) => isPublished(type))
      if (published.length > 0) await topic.publish(published)
      await savePublishedPosition(sql, position)
      onward()
    }
  }

  /** A position that the log does not reach is of before it was restored from a backup. */
  const startingPoint = async (): Promise<Position> => {
    const known = await publishedPosition(sql)
    const last = await topic.lastPublished()
    return last === undefined || last > tail.position ? known : last
  }

  const lead = async (signal: AbortSignal): Promise<void> => {
    let retry = 0
    const onward = (): void => {
      if (retry > 0) log.info('live events are published again')
      retry = 0
    }
    while (!signal.aborted) {
      try {
        await publishFrom(await startingPoint(), signal, onward)
      } catch (error) {
        if (retry === 0) log.warn({ err: error }, 'live events cannot be published for now')
        retry = Math.min(Math.max(retry * 2, FIRST_RETRY_MS), LAST_RETRY_MS)
        await delay(retry, undefined, { signal }).catch(() => undefined) // aborted: the loop ends
      }
    }
  }

  const leading = leases.lead(LEASE, lead)
  return {
    get leads() {
      return leading.leads
    },
    async stop() {
      await leading.stop()
      await topic.close()
    },
  }
}
