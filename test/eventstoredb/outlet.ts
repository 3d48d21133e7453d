import type { ServerWritableStream, ServiceError } from '@grpc/grpc-js'

/** Events examined in a row before other calls get their turn. */
const EXAMINED_IN_A_ROW = 1024

/** The sending side of a Read call. It waits while the client does not take what was sent. */
export class Outlet {
  readonly #call: ServerWritableStream<unknown, Uint8Array>
  #closed = false
  #examined = 0
  readonly #onClose = new Set<() => void>()

  constructor(call: ServerWritableStream<unknown, Uint8Array>) {
    this.#call = call
    const close = (): void => {
      this.#closed = true
      for (const then of this.#onClose) then()
    }
    call.on('cancelled', close)
    call.on('close', close)
  }

  /** True when the client has gone or the call was ended. */
  get closed(): boolean {
    return this.#closed
  }

  /** Resolves when there is room for more; true when it had to be waited for. */
  async send(message: Uint8Array): Promise<boolean> {
    if (this.#closed || this.#call.write(message)) return false
    await this.until((resume) => {
      this.#call.once('drain', resume)
      return () => this.#call.off('drain', resume)
    })
    return true
  }

  /** To be awaited for every event looked at and not sent, so that a long search stops nobody else. */
  async pause(): Promise<void> {
    if (++this.#examined % EXAMINED_IN_A_ROW === 0) await new Promise((resume) => setImmediate(resume))
  }

  /** Waits for what `begin` waits for, or for the end of the call. `begin` answers how to stop waiting. */
  async until(begin: (resume: () => void) => () => void): Promise<void> {
    if (this.#closed) return
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const resume = (): void => resolve(undefined)
    const stop = begin(resume)
    this.#onClose.add(resume)
    await promise
    this.#onClose.delete(resume)
    stop()
  }

  end(): void {
    if (!this.#closed) this.#call.end()
  }

  fail(error: ServiceError): void {
    if (!this.#closed) this.#call.emit('error', error)
    this.#closed = true
    for (const then of this.#onClose) then()
  }
}
