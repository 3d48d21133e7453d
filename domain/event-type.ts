import type { Static, TSchema } from 'typebox'

/** The definition of a stored event type: its name is chosen once and never reused. */
export interface EventType<Name extends string, Schema extends TSchema> {
  readonly name: Name
  /** Version of `data` that is written today. */
  readonly schemaVersion: number
  /** One sentence for the event reference. */
  readonly summary: string
  readonly data: Schema
  /** Brings data of an older version to today's form. */
  readonly upcast: (data: unknown, fromVersion: number) => unknown
}

export const eventType = <const Name extends string, Schema extends TSchema>(
  name: Name,
  summary: string,
  data: Schema,
  versions: { readonly schemaVersion: number; readonly upcast: (data: unknown, fromVersion: number) => unknown } = {
    schemaVersion: 1,
    upcast: (stored) => stored,
  },
): EventType<Name, Schema> => ({ name, summary, data, ...versions })

/** The event that a definition describes, as `decide` returns it and `evolve` takes it. */
export type EventOf<Definition> =
  Definition extends EventType<infer Name, infer Schema>
    ? { readonly type: Name; readonly data: Static<Schema> }
    : never

/** Any event, before the pipeline gives it an id and metadata. */
export interface DomainEvent {
  readonly type: string
  readonly data: unknown
}
