import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { shownRefusal } from '../../commands/shown-refusal.ts'
import type { EventFilter } from '../../domain/live/event-filter.ts'
import type { Position } from '../../platform/event-store/event-store.ts'
import { closingFrame, heartbeatFrame } from './frames.ts'
import type { LiveCaller } from './live-caller.ts'

export interface ListenerOptions {
  readonly filter: EventFilter
  readonly caller: LiveCaller
  readonly response: ServerResponse
  readonly after: Position
  readonly limits: ListenerLimits
}

export interface ListenerLimits {
  /** How long a client may take nothing of what waits for it. */
  readonly drainMs: number
  /** How long a stream is silent at most. */
  readonly heartbeatMs: number
}

/** How long a client may take for the last words before its connection is closed. */
const LAST_WORDS_MS = 1000

/** One client that listens. What it has not taken is never more than a socket's buffer and what was written last. */
export class Listener {
  readonly filter: EventFilter
  readonly caller: LiveCaller
  /** Everything up to here was given to it, or was not for it. */
  position: Position
  readonly #response: ServerResponse
  readonly #limits: ListenerLimits
  readonly #gone = new AbortController()
  #writtenAt = performance.now()

  constructor({ filter, caller, response, after, limits }: ListenerOptions) {
    this.filter = filter
    this.caller = caller
    this.position = after
    this.#response = response
    this.#limits = limits
    response.once('close', () => this.#gone.abort())
    response.on('error', () => this.#gone.abort()) // the connection broke: nobody is left to be told
  }

  /** Aborts when it is over: the client went, was too slow, or may not listen any more. */
  get signal(): AbortSignal {
    return this.#gone.signal
  }

  /** Whether the client has taken enough of what was written that more may follow. */
  get ready(): boolean {
    return !this.#response.writableNeedDrain
  }

  write(frames: Buffer): void {
    if (this.#gone.signal.aborted) return
    this.#writtenAt = performance.now()
    this.#response.write(frames)
  }

  /** Resolves once more may be written; a client that takes nothing for too long is cut off, and comes back with its last id. */
  async drained(): Promise<void> {
    if (this.ready || this.signal.aborted) return
    const waiting = new AbortController()
    const { signal } = waiting
    const drain = new Promise<void>((resolve) => {
      const done = (): void => resolve()
      this.#response.once('drain', done)
      signal.addEventListener('abort', () => this.#response.off('drain', done), { once: true })
    })
    const ended = AbortSignal.any([this.signal, signal])
    const late = delay(this.#limits.drainMs, 'late', { signal: ended }).catch(() => undefined) // it drained, or is gone
    const outcome = await Promise.race([drain, late])
    waiting.abort()
    if (outcome === 'late') this.cut()
  }

  /** Closes the connection as it is. */
  cut(): void {
    this.#gone.abort()
    this.#response.destroy()
  }

  /** Ends the stream with a word why. */
  end(reason: string): void {
    if (this.#gone.signal.aborted) return
    this.#gone.abort()
    this.#response.end(closingFrame(reason))
    const timer = setTimeout(() => this.#response.destroy(), LAST_WORDS_MS)
    timer.unref()
    this.#response.once('close', () => clearTimeout(timer))
  }

  /** Whoever may not listen any more is told by the refusal that comes when they do it again. */
  fail(error: unknown): void {
    this.end(shownRefusal(error).message)
  }

  /** When nothing was written for a while: a comment, and a look at whether the credentials still hold. */
  async beat(now: number, position: Position): Promise<void> {
    if (now - this.#writtenAt < this.#limits.heartbeatMs || !this.ready) return
    this.write(heartbeatFrame(position > this.position ? position : this.position))
    if (this.caller.peek() === 'ask') await this.caller.ask()
  }
}
