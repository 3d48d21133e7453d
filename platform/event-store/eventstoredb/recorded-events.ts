import type { AllStreamResolvedEvent, ResolvedEvent } from '@eventstore/db-client'
import { PlatformError } from '../../platform-error.ts'
import type { RecordedEvent } from '../event-store.ts'
import { positionOf } from './positions.ts'
import { isSystem, type StreamNames } from './stream-names.ts'

export type ServerEvent = NonNullable<(AllStreamResolvedEvent | ResolvedEvent)['event']>

export const commitOf = ({ position }: ServerEvent): bigint => {
  if (position !== undefined) return position.commit
  throw new PlatformError('unavailable', 'this server gives no positions: EventStoreDB 22.6 or newer is needed')
}

/** Whether an event of the whole log is this store's. A link, as projections of the server make them, is none of ours. */
export const isOurs = ({ streamId, type }: ServerEvent, names: StreamNames): boolean =>
  !isSystem(type) && names.ours(streamId)

/** An event as the port has it. Data and metadata were parsed by the client from the bytes that were written. */
export const recordedEvent = (event: ServerEvent, names: StreamNames, commit = commitOf(event)): RecordedEvent => ({
  id: event.id,
  type: event.type,
  data: event.data,
  metadata: event.metadata,
  stream: names.named(event.streamId),
  revision: Number(event.revision),
  position: positionOf(commit),
})
