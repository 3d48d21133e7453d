import type { EventMetadata } from '../../domain/metadata.ts'
import { upcast } from '../../domain/event-catalogue.ts'
import { placeOf, subjectOf, type Located } from '../../domain/live/event-place.ts'
import type { RecordedEvent } from '../../platform/event-store/event-store.ts'
import { tableSql, type ReadModel } from '../read-model.ts'
import type { Value } from '../../platform/database/copy.ts'
import { inserting, type Columns } from '../write-rows.ts'

const COLUMNS: Columns = [
  ['position', 'text'],
  ['event_id', 'uuid'],
  ['stream', 'text'],
  ['revision', 'bigint'],
  ['type', 'text'],
  ['at', 'text'],
  ['actor_kind', 'text'],
  ['actor_id', 'text'],
  ['actor_via', 'text'],
  ['correlation_id', 'text'],
  ['causation_id', 'text'],
  ['project', 'text'],
  ['repository', 'text'],
  ['subject', 'text'],
  ['data', 'text'],
]

const rowOf = (event: RecordedEvent): readonly Value[] => {
  const { actor, at, correlationId, causationId } = event.metadata as EventMetadata
  const { data } = upcast(event)
  const [project, repository] = placeOf(data as Located)
  return [
    event.position,
    event.id,
    event.stream,
    event.revision,
    event.type,
    at,
    actor.kind,
    actor.id,
    actor.via,
    correlationId,
    causationId,
    project,
    repository,
    subjectOf(data as Located),
    JSON.stringify(data),
  ]
}

/** Every event, one row each: who did what to which thing, when, and in which story. */
export const audit: ReadModel = {
  name: 'audit',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: 'all',
  async apply(sql, table, events, { write, done } = inserting()) {
    await done(write(sql, table, COLUMNS, events.map(rowOf)))
  },
}
