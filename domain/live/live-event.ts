import { upcast } from '../event-catalogue.ts'
import type { Actor, EventMetadata } from '../metadata.ts'
import { placeOf, subjectOf, type Located } from './event-place.ts'

/** An event as the log has it; the event store's own form fits. */
export interface LoggedForm {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly position: string
  readonly data: unknown
  readonly metadata: unknown
}

/** An event as it is told to those outside: in today's form, and with the place and the thing it is about. */
export interface LiveEvent {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  /** 20 digits whose order is log order. */
  readonly position: string
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string
  readonly actor: Actor
  readonly correlationId: string
  readonly causationId: string
  /** Null: it is about no project. */
  readonly project: string | null
  readonly repository: string | null
  /** The thing it is about, in the words its users know it by. */
  readonly subject: string | null
  readonly data: unknown
}

/** Throws for a type or version that a newer Waybill wrote, as `upcast` does. */
export const liveEventOf = (event: LoggedForm): LiveEvent => {
  const { id, type, stream, revision, position } = event
  const { actor, at, correlationId, causationId } = event.metadata as EventMetadata
  const { data } = upcast(event)
  const [project, repository] = placeOf(data as Located)
  const subject = subjectOf(data as Located)
  return {
    id,
    type,
    stream,
    revision,
    position,
    time: at,
    actor,
    correlationId,
    causationId,
    project,
    repository,
    subject,
    data,
  }
}

/** Webhooks' own bookkeeping: told to nobody outside, or every delivery would lead to another one. */
const BOOKKEEPING: ReadonlySet<string> = new Set(['WebhookEventsDelivered', 'WebhookDeliveryGivenUp'])

/** Whether events of the type go out to receivers that did not ask for them one by one: webhooks, and NATS subjects. */
export const isPublished = (type: string): boolean => !BOOKKEEPING.has(type)
