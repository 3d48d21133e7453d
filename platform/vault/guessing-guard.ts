import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'

interface Rule {
  /** Failures that cost no delay. */
  readonly free: number
  /** The longest delay. */
  readonly mostSeconds: number
}

const ACCOUNT: Rule = { free: 5, mostSeconds: 300 }
/** Many people can share an address. */
const ADDRESS: Rule = { free: 50, mostSeconds: 60 }

const FORGOTTEN_AFTER = 3_600_000
/** Counters in memory; to push one out, a guesser pays an argon2 hash for each of as many others. */
const MOST_COUNTERS = 20_000

interface Counter {
  readonly failures: number
  /** Of the last failure, in milliseconds since the epoch. */
  readonly at: number
}

/** One attempt, counted as a failure until it is known not to be one, so that attempts at once do not slip through. */
export interface Attempt {
  succeeded(): void
  /** Nothing was compared. */
  withdrawn(): void
}

export interface GuessingGuard {
  /** The attempt, or the seconds to wait before there may be one. */
  begin(login: string, address: string | undefined): Attempt | { readonly wait: number }
}

/** Whoever has an IPv6 address has all of its /64. */
const networkOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  return parsed.kind() === 'ipv4' ? parsed.toString() : `${parsed.toNormalizedString().split(':', 4).join(':')}::/64`
}

/**
 * Slows the guessing of passwords down, per login and per address: after some free failures each costs twice the delay of
 * the one before. From an address that signed in to the account before, its failures count apart from those of the rest of
 * the world, so that nobody can lock a person out from elsewhere. Counts in this process only.
 */
export const guessingGuard = (clock: Clock): GuessingGuard => {
  const counters = new LRUCache<string, Counter>({ max: MOST_COUNTERS })
  const familiar = new LRUCache<string, true>({ max: MOST_COUNTERS })

  const counterOf = (key: string): Counter => {
    const known = counters.get(key)
    return known === undefined || clock.now() - known.at > FORGOTTEN_AFTER ? { failures: 0, at: 0 } : known
  }
  const waitFor = (key: string, { free, mostSeconds }: Rule): number => {
    const { failures, at } = counterOf(key)
    if (failures < free) return 0
    const seconds = Math.min(2 ** (failures - free), mostSeconds)
    return Math.max(0, at + seconds * 1000 - clock.now())
  }
  const add = (key: string, difference: number): void => {
    const { failures } = counterOf(key)
    counters.set(key, { failures: Math.max(0, failures + difference), at: clock.now() })
  }

  return {
    begin(login, address) {
      const network = address === undefined ? undefined : networkOf(address)
      const pair = `${login}\n${network ?? ''}`
      const account = familiar.has(pair) ? `pair ${pair}` : `account ${login}`
      const place = network === undefined ? undefined : `address ${network}`
      const wait = Math.max(waitFor(account, ACCOUNT), place === undefined ? 0 : waitFor(place, ADDRESS))
      if (wait > 0) return { wait: Math.ceil(wait / 1000) }
      add(account, 1)
      if (place !== undefined) add(place, 1)
      return {
        succeeded() {
          counters.delete(account)
          if (place !== undefined) add(place, -1)
          familiar.set(pair, true)
        },
        withdrawn() {
          add(account, -1)
          if (place !== undefined) add(place, -1)
        },
      }
    },
  }
}
