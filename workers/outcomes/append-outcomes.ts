import { schemaVersionOf } from '../../domain/event-catalogue.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import { instantOf, type Clock } from '../../platform/clock.ts'
import { NO_STREAM, type EventStore, type NewEvent } from '../../platform/event-store/event-store.ts'
import { derivedId } from '../../platform/ids.ts'
import { hasCode } from '../../platform/platform-error.ts'
import type { OutcomeEvents } from './outcomes.ts'

const TRIES = 5

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const eventsOf = (outcome: OutcomeEvents, kind: string, batchId: string, clock: Clock): readonly NewEvent[] => {
  const at = instantOf(clock)
  return outcome.events.map(({ type, data }, index) => {
    const metadata: EventMetadata = {
      schemaVersion: schemaVersionOf(type),
      actor: { kind: 'system', id: `worker:${kind}`, via: 'system' },
      at,
      correlationId: outcome.correlationId ?? batchId,
      causationId: batchId,
      commandId: batchId,
    }
    return { id: derivedId('outcome', batchId, outcome.stream, index), type, data, metadata }
  })
}

const appendOne = async (store: EventStore, stream: string, events: readonly NewEvent[]): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    try {
      await store.append(stream, events, NO_STREAM)
      return
    } catch (error) {
      if (attempt === TRIES || !(hasCode(error, 'unknown-outcome') || hasCode(error, 'unavailable'))) throw error
      await pause(20 * 2 ** attempt)
    }
  }
}

/**
 * Appends outcome events, all streams at once: one after another each would cost readers of the log as much as all of them. An
 * append whose answer was lost is sent again with the same ids, which the store recognises. Ends when none is under way any more.
 * @throws {PlatformError} what the store throws at last; some of the streams may have been written
 */
export const appendOutcomes = async (
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
  kind: string,
  batchId: string,
  outcomes: readonly OutcomeEvents[],
): Promise<void> => {
  const appended = await Promise.allSettled(
    outcomes.map((outcome) => appendOne(store, outcome.stream, eventsOf(outcome, kind, batchId, clock))),
  )
  const failed = appended.find((result) => result.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
