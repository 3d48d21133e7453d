import type { LeaseRow } from './lease-rows.ts'
import { type Lease, LEASE_MS } from './leases.ts'

/** A lease as its holder keeps it: held until `LEASE_MS` after the last taking or renewing was *sent*, by the process's own clock. */
export interface HeldLease extends Lease {
  readonly row: LeaseRow
  /** It was renewed by a statement that was sent at this `performance.now()`. */
  renewed(sentAt: number): void
  /** Somebody else has it, or nobody can say. */
  lose(): void
  /** Lets go of it without saying so. */
  forget(): void
}

/** `gone` is called once, when it is held no longer, for whatever reason. */
export const holdLease = (row: LeaseRow, sentAt: number, release: () => Promise<void>, gone: () => void): HeldLease => {
  const lost = new AbortController()
  let until = sentAt + LEASE_MS
  let ended = false

  const end = (): void => {
    if (ended) return
    ended = true
    clearTimeout(timer)
    gone()
  }
  const lose = (): void => {
    if (ended) return
    end()
    lost.abort()
  }
  const look = (): void => {
    const left = until - performance.now()
    if (left <= 0) lose()
    else timer = setTimeout(look, left)
  }
  // The database counts from when a statement arrives, which is later than when it was sent: this side ends first.
  let timer = setTimeout(look, until - performance.now())

  return {
    row,
    get held() {
      return !ended && performance.now() < until
    },
    lost: lost.signal,
    renewed(at) {
      until = Math.max(until, at + LEASE_MS)
    },
    lose,
    forget: end,
    async release() {
      if (ended) return
      end()
      await release()
    },
  }
}
