import { LRUCache } from 'lru-cache'
import type { Position, RecordedEvent } from './event-store.ts'
import type { Tail } from './tail.ts'

/** Keys (an array or set of them), everything, or nothing. */
export type Affected = (Iterable<string> & object) | 'all' | undefined

export interface FreshCacheOptions<Value> {
  readonly tail: Pick<Tail, 'position' | 'confirmedAt' | 'confirm' | 'wake' | 'onEvents'>
  /** The keys whose values this event may change. */
  readonly affects: (event: RecordedEvent) => Affected
  /** Whether what `load` reads has got to `position`, having waited for it a while. */
  readonly ready: (position: Position) => Promise<boolean>
  /** Default 10,000. */
  readonly maxEntries?: number
  /** Needs `sizeOf`. */
  readonly maxBytes?: number
  readonly sizeOf?: (value: Value) => number
  /** Milliseconds since the log's head was confirmed for which values are served; default `MAX_AGE_MS`. */
  readonly maxAgeMs?: number
}

interface Flight<Value> {
  value: Promise<Value>
  /** The key was affected since it began, or the log could not be asked: the value is not kept. */
  spoiled: boolean
}

/** How long another process may serve what it has in memory after the log has gone on. */
export const MAX_AGE_MS = 100

/** A tail that has not been confirmed for this long cannot reach the log; waiting for it would only add to the harm. */
const UNREACHABLE_MS = 1000

/**
 * Values made from read models, kept in memory and correct by the log: a value is served only while the tail was confirmed
 * at the log's head within `maxAgeMs`, and dropped by the event that changes it. Everything else is loaded anew. When the
 * log cannot be asked, every call loads and nothing is served from memory.
 */
export class FreshCache<Value extends object | string | number | boolean> {
  readonly #options: FreshCacheOptions<Value>
  readonly #maxAge: number
  readonly #maxChanges: number
  readonly #tail: FreshCacheOptions<Value>['tail']
  readonly #values: LRUCache<string, Value>
  readonly #flights = new Map<string, Flight<Value>>()
  /** The last event that affected a key, oldest first; a key that is not listed was affected at `#floor` at the latest. */
  readonly #changes = new Map<string, Position>()
  #floor: Position

  constructor(options: FreshCacheOptions<Value>) {
    const { tail, maxEntries = 10_000, maxBytes, sizeOf, maxAgeMs = MAX_AGE_MS } = options
    this.#options = options
    this.#maxAge = maxAgeMs
    this.#maxChanges = maxEntries
    this.#tail = tail
    this.#values = new LRUCache({
      max: maxEntries,
      ...(maxBytes !== undefined && sizeOf !== undefined
        ? {
            maxSize: maxBytes,
            sizeCalculation: (value: Value, key: string) => Math.max(1, Math.ceil(sizeOf(value))) + key.length,
          }
        : {}),
    })
    tail.onEvents((events) => this.#invalidate(events))
    this.#floor = tail.position
  }

  /** The value, when there is one that may be served right now. */
  peek(key: string): Value | undefined {
    return performance.now() - this.#tail.confirmedAt <= this.#maxAge ? this.#values.get(key) : undefined
  }

  /** The value as of the log's head during this call; loaded at most once at a time per key. Throws what `load` throws. */
  async get(key: string, load: () => Promise<Value>): Promise<Value> {
    const fresh = await this.#confirmed()
    const value = fresh ? this.#values.get(key) : undefined
    if (value !== undefined) return value
    const flight = this.#flights.get(key) ?? this.#takeOff(key, load)
    if (!fresh) flight.spoiled = true
    return await flight.value
  }

  async #confirmed(): Promise<boolean> {
    const age = performance.now() - this.#tail.confirmedAt
    if (age <= this.#maxAge) return true
    if (age > UNREACHABLE_MS) {
      this.#tail.wake()
      return false
    }
    try {
      await this.#tail.confirm()
      return true
    } catch {
      return false // the tail reports it; here it only means that memory cannot be trusted
    }
  }

  #takeOff(key: string, load: () => Promise<Value>): Flight<Value> {
    const changed = this.#changes.get(key) ?? this.#floor
    const flight: Flight<Value> = { spoiled: false, value: Promise.resolve().then(() => fly()) }
    const fly = async (): Promise<Value> => {
      try {
        const ready = await this.#options.ready(changed)
        const value = await load()
        if (ready && !flight.spoiled) {
          this.#values.set(key, value)
          this.#changes.delete(key)
        }
        return value
      } finally {
        if (this.#flights.get(key) === flight) this.#flights.delete(key)
      }
    }
    this.#flights.set(key, flight)
    return flight
  }

  #invalidate(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      let affected: Affected
      try {
        affected = this.#options.affects(event)
      } catch (error) {
        // What it would have named is not known: nothing of before this batch may be served.
        this.#forgetAll(events.at(-1)?.position ?? event.position)
        throw error
      }
      if (affected === 'all') this.#forgetAll(event.position)
      else for (const key of affected ?? []) this.#forget(key, event.position)
    }
  }

  #forget(key: string, position: Position): void {
    this.#values.delete(key)
    this.#spoil(key)
    this.#changes.delete(key)
    this.#changes.set(key, position)
    if (this.#changes.size <= this.#maxChanges) return
    const [oldest] = this.#changes
    if (oldest === undefined) return
    this.#changes.delete(oldest[0])
    this.#floor = oldest[1]
  }

  #forgetAll(position: Position): void {
    this.#values.clear()
    this.#changes.clear()
    this.#floor = position
    for (const key of [...this.#flights.keys()]) this.#spoil(key)
  }

  #spoil(key: string): void {
    const flight = this.#flights.get(key)
    if (flight === undefined) return
    flight.spoiled = true
    this.#flights.delete(key)
  }
}
