import { LRUCache } from 'lru-cache'
import type { Action, Principal, Resource } from '../../domain/access/authorise.ts'
import { denialStream, type DenialEvent } from '../../domain/access/denial/denial.ts'
import { schemaVersionOf } from '../../domain/event-catalogue.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import { instantOf, type Clock } from '../../platform/clock.ts'
import { NO_STREAM, type EventStore, type NewEvent } from '../../platform/event-store/event-store.ts'
import { newId } from '../../platform/ids.ts'
import type { Log } from '../../platform/log/log.ts'
import { hasCode, isVersionConflict } from '../../platform/platform-error.ts'
import { DenialCounts, MINUTE, type DenialCount } from './denial-counts.ts'

/** Counts denials, and records each minute when it is over. What a crash takes is the counts of the last minute. */
export interface DenialRecorder {
  readonly denied: (principal: Principal, action: Action, resource: Resource) => void
  /** Records all that was counted, the minute under way included. */
  flush(): Promise<void>
  /** Ends the look at the clock, then flushes. */
  stop(): Promise<void>
}

const LOOK_EVERY_MILLISECONDS = 5_000
/** With names of this length, and each character six bytes as JSON, this many events fit into one append. */
const MOST_NAME_CHARACTERS = 1024
const MOST_EVENTS = 100
const TRIES = 10

const dataOf = ({ principal, action, resource, minute, count }: DenialCount): DenialEvent['data'] => ({
  accountId: principal.accountId,
  action,
  ...resource,
  ...(resource.name === undefined ? {} : { name: resource.name.slice(0, MOST_NAME_CHARACTERS) }),
  minute: new Date(minute).toISOString(),
  count,
})

const eventOf = (denial: DenialCount, clock: Clock): NewEvent => {
  const { kind, accountId, via } = denial.principal
  const correlationId = newId()
  const metadata: EventMetadata = {
    schemaVersion: schemaVersionOf('AccessDenied'),
    actor: { kind, id: accountId, via },
    at: instantOf(clock),
    correlationId,
    causationId: correlationId,
    commandId: correlationId,
  }
  return { id: newId(), type: 'AccessDenied', data: dataOf(denial), metadata }
}

export const denialRecorder = (dependencies: {
  readonly store: EventStore
  readonly clock: Clock
  readonly log: Log
}): DenialRecorder => {
  const { store, clock, log } = dependencies
  const counts = new DenialCounts()
  /** Where the streams were last seen, so that they need not be read for an append. */
  const revisions = new LRUCache<string, number>({ max: 10_000 })

  const append = async (stream: string, events: readonly NewEvent[]): Promise<void> => {
    let expected = revisions.get(stream) ?? NO_STREAM
    for (let attempt = 1; ; attempt++) {
      try {
        const { revision } = await store.append(stream, events, expected)
        revisions.set(stream, revision)
        return
      } catch (error) {
        if (attempt === TRIES) throw error
        if (isVersionConflict(error)) expected = error.actualRevision
        else if (!hasCode(error, 'unknown-outcome')) throw error
      }
    }
  }

  const record = async (denials: readonly DenialCount[]): Promise<void> => {
    for (const [accountId, own] of Map.groupBy(denials, ({ principal }) => principal.accountId)) {
      for (let from = 0; from < own.length; from += MOST_EVENTS) {
        const events = own.slice(from, from + MOST_EVENTS).map((denial) => eventOf(denial, clock))
        try {
          await append(denialStream(accountId), events)
        } catch (error) {
          // The refusals were given; that they cannot be recorded must not stop anything else.
          log.error({ err: error, accountId, denials: events.length }, 'denials could not be recorded')
        }
      }
    }
  }

  let recording = Promise.resolve()
  const recordBefore = (instant: number): Promise<void> => {
    const denials = counts.take(instant)
    if (denials.length > 0) recording = recording.then(() => record(denials))
    return recording
  }
  const recordPastMinutes = (): void => void recordBefore(Math.floor(clock.now() / MINUTE) * MINUTE)
  const timer = setInterval(recordPastMinutes, LOOK_EVERY_MILLISECONDS).unref()

  const flush = (): Promise<void> => recordBefore(Number.POSITIVE_INFINITY)
  return {
    denied: (principal, action, resource) => {
      if (principal.kind !== 'system') counts.add(principal, action, resource, clock.now())
    },
    flush,
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
