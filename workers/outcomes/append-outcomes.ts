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

/**
 * Appends outcome events. An append whose answer was lost is sent again with the same ids, which the store recognises.
 * @throws {PlatformError} what the store throws at last; some of the streams may have been written
 */
export const appendOutcomes = async (
  { store, clock }: { readonly store: EventStore; readonly clock: Clock },
  kind: string,
  batchId: string,
  outcomes: readonly OutcomeEvents[],
): Promise<void> => {
  for (const outcome of outcomes) {
    const events = eventsOf(outcome, kind, batchId, clock)
    for (let attempt = 1; ; attempt++) {
      try {
        await store.append(outcome.stream, events, NO_STREAM)
        break
      } catch (error) {
        if (attempt === TRIES || !(hasCode(error, 'unknown-outcome') || hasCode(error, 'unavailable'))) throw error
        await pause(20 * 2 ** attempt)
      }
    }
  }
}
