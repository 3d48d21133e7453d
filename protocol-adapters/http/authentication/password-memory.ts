import { hash, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../../../platform/clock.ts'

const REMEMBERED_MILLISECONDS = 60_000

interface Remembered {
  readonly accountId: string
  readonly until: number
}

/**
 * Passwords that were verified a moment ago, so that a client which sends one with every request does not cost a slow hash each
 * time. Kept as hashes under a key that lives and dies with the process; a key before the text instead of an HMAC, which takes
 * many times as long here and guards against what nobody can do with a digest that never leaves the memory.
 */
export class PasswordMemory {
  readonly #clock: Clock
  readonly #key = randomBytes(32).toString('base64')
  readonly #remembered = new LRUCache<string, Remembered>({ max: 10_000 })
  #forgotten = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Changes with every `forget`: a password whose check began before one must not be remembered after it. */
  get forgotten(): number {
    return this.#forgotten
  }

  recall(login: string, password: string): string | undefined {
    const found = this.#remembered.get(this.#keyOf(login, password))
    return found !== undefined && found.until > this.#clock.now() ? found.accountId : undefined
  }

  remember(login: string, password: string, accountId: string): void {
    const until = this.#clock.now() + REMEMBERED_MILLISECONDS
    this.#remembered.set(this.#keyOf(login, password), { accountId, until })
  }

  forget(accountId: string): void {
    this.#forgotten += 1
    for (const [key, remembered] of this.#remembered)
      if (remembered.accountId === accountId) this.#remembered.delete(key)
  }

  #keyOf(login: string, password: string): string {
    return hash('sha256', `${this.#key}${JSON.stringify([login, password])}`, 'base64')
  }
}
