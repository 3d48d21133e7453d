export interface KnownId {
  readonly stream: string
  readonly revision: number
}

const MOST_BYTES = 8 * 1024 * 1024
const KEPT_FORGOTTEN = 100_000

/**
 * Which ids were written lately, by which the server recognises repeats without a revision (ANY and STREAM_EXISTS). It holds
 * 8 MiB by the server's own reckoning, forgets the oldest first, and is empty after a restart. An id that is written again,
 * in whatever stream, keeps its first entry.
 */
export class KnownIds {
  readonly #entries = new Map<string, KnownId>()
  /** Oldest first, those before `#next` forgotten: to look for the first entry of a map is slow after many deletions. */
  #ids: string[] = []
  #next = 0
  #bytes = 0

  get(id: string): KnownId | undefined {
    return this.#entries.get(id)
  }

  add(id: string, entry: KnownId): void {
    if (this.#entries.has(id)) return
    this.#entries.set(id, entry)
    this.#ids.push(id)
    this.#bytes += bytesOf(entry)
    while (this.#bytes > MOST_BYTES) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const oldest = this.#ids[this.#next++] ?? ''
    this.#bytes -= bytesOf(this.#entries.get(oldest))
    this.#entries.delete(oldest)
    if (this.#next < KEPT_FORGOTTEN) return
    this.#ids = this.#ids.slice(this.#next)
    this.#next = 0
  }
}

const bytesOf = (entry: KnownId | undefined): number => (entry === undefined ? 0 : 30 + 2 * entry.stream.length)
