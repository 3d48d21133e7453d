import { type EventStoreDBClient, NO_STREAM as ABSENT } from '@eventstore/db-client'
import { PlatformError } from '../../platform-error.ts'
import type { CheckedAppend } from '../checked-append.ts'
import { type AppendResult, NO_STREAM } from '../event-store.ts'
import { positionOf } from './positions.ts'
import { proposedEvent } from './proposed-event.ts'

/** One attempt. Settles when the server answers or the call breaks, which may be never. */
export const callAppend = async (
  client: EventStoreDBClient,
  stream: string,
  { events, expected }: CheckedAppend,
  deadlineMs: number,
): Promise<AppendResult> => {
  const { nextExpectedRevision, position } = await client.appendToStream(stream, events.map(proposedEvent), {
    expectedRevision: expected === NO_STREAM ? ABSENT : BigInt(expected),
    // A follower would take it, but may not show it to the next read.
    requiresLeader: true,
    deadline: deadlineMs,
  })
  if (position === undefined) throw new PlatformError('unknown-outcome', 'the server answered without a position')
  return { revision: Number(nextExpectedRevision), position: positionOf(position.commit) }
}
