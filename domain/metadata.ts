/** Who acted: an account (by password, token or session) or Waybill itself. */
export interface Actor {
  readonly kind: 'human' | 'service' | 'system'
  /** Account id, or the name of the part of Waybill that acted. */
  readonly id: string
  /** `password`, `session`, `token:<id>` or `system`. */
  readonly via: string
}

/** The metadata of every event. */
export interface EventMetadata {
  readonly schemaVersion: number
  readonly actor: Actor
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string
  /** Id of the first request of the story this event belongs to. */
  readonly correlationId: string
  /** Id of the message that led directly to this event. */
  readonly causationId: string
  readonly commandId: string
}
