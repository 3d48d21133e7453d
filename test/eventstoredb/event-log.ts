import type { Clock } from '../../platform/clock.ts'
import {
  answerIn,
  dataIn,
  encodeRecord,
  headerIn,
  idIn,
  type EventHeader,
  type ProposedEvent,
  TOMBSTONE,
} from './event-record.ts'
import { GrowingNumbers } from './growing-numbers.ts'
import { LogBytes, type Written } from './log-bytes.ts'
import { describedBy, headOf, type StreamState } from './stream-state.ts'

/** Appends are gathered for so long and written together, about the time a flush to disk takes the real server. */
const GATHER_MS = 1

/** Where the first event of a fresh node stands. */
const FIRST_POSITION = 548

export interface NewRecords {
  readonly stream: string
  readonly events: readonly ProposedEvent[]
  readonly tombstone?: boolean
}

/**
 * The log that every stream is a part of. Positions are byte offsets of a log that we only imagine: they grow with gaps.
 *
 * An event counts for the decision about the next append at once, and for readers when it is committed, that is in the file.
 */
export class EventLog {
  readonly #clock: Clock
  readonly #bytes: LogBytes
  readonly #places = new GrowingNumbers()
  readonly #positions = new GrowingNumbers()
  readonly #streamNumbers = new GrowingNumbers()
  readonly #typeNumbers = new GrowingNumbers()
  readonly #streams: StreamState[] = []
  readonly #byName = new Map<string, StreamState>()
  readonly #types: string[] = []
  readonly #typeNumber = new Map<string, number>()
  readonly #followers = new Set<() => void>()
  #nextPosition = FIRST_POSITION
  #committed = 0
  /** The commit that appends still join. */
  #gathering: Promise<void> | undefined
  #writing: Promise<void> = Promise.resolve()

  private constructor(clock: Clock, bytes: LogBytes) {
    this.#clock = clock
    this.#bytes = bytes
  }

  static async open(folder: string | undefined, clock: Clock): Promise<EventLog> {
    const { bytes, written } = await LogBytes.open(folder)
    const log = new EventLog(clock, bytes)
    for (const one of written) log.#index(one)
    log.#committed = log.length
    return log
  }

  /** Events written, committed or not. */
  get length(): number {
    return this.#places.length
  }

  /** Events that readers may see: those below this index. */
  get committed(): number {
    return this.#committed
  }

  /** A position that no event has yet. */
  get nextPosition(): number {
    return this.#nextPosition
  }

  stream(name: string): StreamState | undefined {
    return this.#byName.get(name)
  }

  positionAt(index: number): number {
    return this.#positions.at(index)
  }

  /** The index of the first event at or after a position. */
  indexFrom(position: number): number {
    return this.#positions.lowerBound(position)
  }

  streamNameAt(index: number): string {
    return this.#streams[this.#streamNumbers.at(index)]?.name ?? ''
  }

  typeAt(index: number): string {
    return this.#types[this.#typeNumbers.at(index)] ?? ''
  }

  idAt(index: number): string {
    const { bytes, at } = this.#bytes.at(this.#places.at(index))
    return idIn(bytes, at)
  }

  /** The ReadResp of an event, ready to be sent. */
  answerAt(index: number): Buffer {
    const { bytes, at } = this.#bytes.at(this.#places.at(index))
    return answerIn(bytes, at)
  }

  /** Writes the events of one append, of one or more streams, together. Answers the index of the first. */
  write(appended: readonly NewRecords[]): number {
    const first = this.length
    const createdAt = this.#clock.now()
    const records: Buffer[] = []
    let position = this.#nextPosition
    for (const { stream, events, tombstone } of appended) {
      let revision = headOf(this.stream(stream))
      for (const event of events) {
        revision = tombstone === true ? TOMBSTONE : revision + 1
        records.push(encodeRecord({ ...event, stream, revision, position, createdAt }))
        position += 90 + stream.length * 2 + event.type.length + event.data.length + event.metadata.length
      }
    }
    this.#keep(records, position)
    return first
  }

  /** What an append of no events does: it takes up room in the log and leaves nothing to read. Answers its position. */
  skip(): number {
    const position = this.#nextPosition
    this.#keep([], position + 101)
    return position
  }

  /** Resolves when all that is written now is committed. */
  settled(): Promise<void> {
    return this.#gathering ?? this.#writing
  }

  /** Calls back after each commit, until the answered function is called. */
  follow(onCommit: () => void): () => void {
    this.#followers.add(onCommit)
    return () => this.#followers.delete(onCommit)
  }

  async close(): Promise<void> {
    await this.settled()
    await this.#bytes.close()
  }

  #keep(records: readonly Buffer[], nextPosition: number): void {
    this.#index(this.#bytes.add(records, nextPosition))
    this.#gathering ??= this.#gather()
  }

  async #gather(): Promise<void> {
    await Promise.all([this.#writing, new Promise((resume) => setTimeout(resume, GATHER_MS))])
    this.#gathering = undefined
    this.#writing = this.#commit(this.length)
    await this.#writing
  }

  async #commit(length: number): Promise<void> {
    await this.#bytes.flush()
    this.#committed = length
    for (const onCommit of this.#followers) onCommit()
  }

  #index({ place, size, nextPosition }: Written): void {
    const { bytes, at } = this.#bytes.at(place)
    for (let offset = 0; offset < size;) {
      const header = headerIn(bytes, at + offset)
      this.#indexEvent(header, place + offset, answerIn(bytes, at + offset))
      offset += header.size
    }
    this.#nextPosition = nextPosition
  }

  #indexEvent(event: EventHeader, place: number, answer: Buffer): void {
    const stream = this.#streamNamed(event.stream)
    const described = event.type === '$metadata' ? describedBy(event.stream) : undefined
    if (described !== undefined) this.#streamNamed(described).metadata = metadataIn(answer)
    if (event.revision === TOMBSTONE) stream.tombstoned = true
    else stream.events.push(this.length)
    this.#places.push(place)
    this.#positions.push(event.position)
    this.#streamNumbers.push(stream.number)
    this.#typeNumbers.push(this.#numberOfType(event.type))
  }

  #streamNamed(name: string): StreamState {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const stream: StreamState = { name, number: this.#streams.length, events: [], metadata: {}, tombstoned: false }
    this.#streams.push(stream)
    this.#byName.set(name, stream)
    return stream
  }

  #numberOfType(type: string): number {
    const known = this.#typeNumber.get(type)
    if (known !== undefined) return known
    this.#typeNumber.set(type, this.#types.length)
    return this.#types.push(type) - 1
  }
}

/** Metadata that is not a JSON object has no effect, as on the server. */
const metadataIn = (answer: Buffer): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(dataIn(answer).toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
