import type { SeenEvent } from '../domain/live/event-sight.ts'
import type { EventNode } from './nodes.ts'

/** A live event as the types of the schema have events: the form of the audit trail. */
export const eventNodeOf = ({ event, audited }: SeenEvent): EventNode => {
  const { id, time, actor, ...rest } = event
  const row = { ...rest, eventId: id, at: time, actorKind: actor.kind, actorId: actor.id, actorVia: actor.via }
  return { row, audited }
}
