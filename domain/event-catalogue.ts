import type { TSchema } from 'typebox'
import { accessEvents } from './access/event-types.ts'
import type { DomainEvent, EventType } from './event-type.ts'
import type { EventMetadata } from './metadata.ts'
import { registryEvents } from './registry/event-types.ts'
import { StoreInitialised } from './store.ts'
import { workEvents } from './work/event-types.ts'
import { webhookEvents } from './webhooks/event-types.ts'

/** Every event type that Waybill ever wrote, by its stored name. */
export const EVENT_TYPES: ReadonlyMap<string, EventType<string, TSchema>> = new Map(
  [StoreInitialised, ...registryEvents, ...accessEvents, ...workEvents, ...webhookEvents].map((definition) => [
    definition.name,
    definition,
  ]),
)

const definitionOf = (type: string): EventType<string, TSchema> => {
  const definition = EVENT_TYPES.get(type)
  if (definition === undefined) throw new Error(`unknown event type ${type}`)
  return definition
}

export const schemaVersionOf = (type: string): number => definitionOf(type).schemaVersion

/**
 * The event in today's form. An unknown type is an error: a newer Waybill wrote it, and to pass over it would make every
 * state wrong in silence.
 */
export const upcast = (event: {
  readonly type: string
  readonly data: unknown
  readonly metadata: unknown
}): DomainEvent => {
  const definition = definitionOf(event.type)
  const { schemaVersion } = event.metadata as EventMetadata
  if (schemaVersion > definition.schemaVersion)
    throw new Error(`${event.type} has schema version ${schemaVersion}, newer than this Waybill knows`)
  const data = schemaVersion === definition.schemaVersion ? event.data : definition.upcast(event.data, schemaVersion)
  return { type: event.type, data }
}
