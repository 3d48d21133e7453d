/** An event as the audit trail shows it, whichever way it was read. */
export interface AuditEntry {
  readonly position: string
  /** RFC 3339. */
  readonly at: string
  readonly type: string
  readonly project: string | null
  readonly repository: string | null
  /** The thing it is about, in the words its users know it by. */
  readonly subject: string | null
  readonly actor: {
    readonly kind: string
    /** Account id, or the part of Waybill that acted. */
    readonly id: string
    /** Null: the account was erased, or Waybill itself acted. */
    readonly login: string | null
    readonly via: string | null
  }
  readonly stream: string
  readonly revision: number
  readonly eventId: string
  readonly correlationId: string
  readonly causationId: string
  readonly data: unknown
}

/** Every field that is given must hold. */
export interface AuditFilter {
  readonly project: string | undefined
  readonly repository: string | undefined
  /** Login or id. */
  readonly actor: string | undefined
  /** Names of event types; `*` stands for any run of characters. */
  readonly types: readonly string[] | undefined
  readonly stream: string | undefined
  readonly correlation: string | undefined
  /** Inclusive, with milliseconds. */
  readonly since: string | undefined
  /** Exclusive. */
  readonly until: string | undefined
}

export interface AuditPages {
  readonly newestFirst: boolean
  /** A position, exclusive. */
  readonly after?: string | undefined
  readonly most?: number
}

/** Where the audit trail is read. */
export interface AuditSource {
  /** Pages of events in the order asked for, up to the head of the log at the time of the last page. */
  pages(filter: AuditFilter, pages: AuditPages): AsyncIterable<readonly AuditEntry[]>
  /** How far the log is, to say how much of it was read; undefined when that is not to be known. */
  head(): Promise<string | undefined>
  close(): Promise<void>
}
