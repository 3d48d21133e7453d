/**
 * The leases port: which of several processes does something that one at a time should do. Names are free text. A lease is an
 * optimisation and a politeness, not a lock: a process that stood still may believe for a moment that it still holds one, so what
 * it does must be safe to be done twice.
 */
export interface Leases {
  /**
   * Takes the lease when nobody (or this process) holds it: taken again it is the same lease. Never waits for others. Throws
   * `unavailable`.
   */
  take(name: string): Promise<Lease | undefined>
  /**
   * Runs `lead` whenever this process holds the lease, again and again until `stop`: `signal` aborts when the lease was lost or
   * `stop` was called, and the next holder may begin once `lead` has ended or the lease has run out, at most `LEASE_MS` + 1 s
   * after the holder's death. What `lead` throws is logged; when it has ended, the lease is let go of for a second.
   */
  lead(name: string, lead: (signal: AbortSignal) => Promise<void>): Leading
  /** Lets go of everything. */
  close(): Promise<void>
}

export interface Lease {
  /** Whether it is still held, by the clock: right also in the first moment of a process that stood still. */
  readonly held: boolean
  /** Aborts when it was not renewed in time, not when it is released. */
  readonly lost: AbortSignal
  release(): Promise<void>
}

export interface Leading {
  /** Whether this process leads right now. */
  readonly leads: boolean
  stop(): Promise<void>
}

/** How long a lease lasts that its holder does not renew; holders renew three times as often. */
export const LEASE_MS = 3000

/** How often, at the least, a lease that somebody else holds is asked for. */
export const ASK_AGAIN_MS = 1000
