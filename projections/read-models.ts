import type { Sql } from 'postgres'
import type { Position } from '../platform/event-store/event-store.ts'

interface Waiter {
  readonly position: Position
  readonly resolve: (reached: boolean) => void
}

/** How far the read models are, for whoever waits to read what was written. */
export interface ReadModelProgress {
  /** The position that every live, healthy model has reached. */
  readonly position: Position
  /** Resolves true once every live model has reached the position, false after `timeout` milliseconds. */
  reached(position: Position, timeout?: number): Promise<boolean>
}

/** Waits that the projector of this process ends as it commits. */
export class LocalProgress implements ReadModelProgress {
  #position: Position
  #waiters: Waiter[] = []

  constructor(position: Position) {
    this.#position = position
  }

  get position(): Position {
    return this.#position
  }

  advance(position: Position): void {
    this.#position = position
    const waiting = this.#waiters
    this.#waiters = waiting.filter((waiter) => waiter.position > position)
    for (const waiter of waiting) if (waiter.position <= position) waiter.resolve(true)
  }

  reached(position: Position, timeout = 2000): Promise<boolean> {
    if (position <= this.#position) return Promise.resolve(true)
    return new Promise((resolve) => {
      const waiter: Waiter = {
        position,
        resolve: (reached) => {
          clearTimeout(timer)
          resolve(reached)
        },
      }
      const timer = setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        resolve(false)
      }, timeout)
      this.#waiters.push(waiter)
    })
  }
}

/** Waits of a process without a projector: it asks the checkpoints in the database. */
export class RemoteProgress implements ReadModelProgress {
  readonly #sql: Sql
  #position: Position

  constructor(sql: Sql, position: Position) {
    this.#sql = sql
    this.#position = position
  }

  get position(): Position {
    return this.#position
  }

  async reached(position: Position, timeout = 2000): Promise<boolean> {
    const deadline = performance.now() + timeout
    for (;;) {
      if (position <= this.#position) return true
      const [row] = await this.#sql<{ position: string }[]>`
        select coalesce(min(checkpoint), '') as position from read_models where live and error is null`
      this.#position = row?.position ?? this.#position
      if (position <= this.#position) return true
      if (performance.now() > deadline) return false
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}
