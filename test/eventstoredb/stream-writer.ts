import { newId } from '../../platform/ids.ts'
import { decideAppend, type StreamView } from './append-decision.ts'
import type { EventLog, NewRecords } from './event-log.ts'
import type { ProposedEvent } from './event-record.ts'
import type { Expected } from './expected-revision.ts'
import { KnownIds } from './known-ids.ts'
import { headOf, isSoftDeleted, softDeletedMetadata } from './stream-state.ts'

export type Outcome =
  | { readonly kind: 'done'; readonly revision: number; readonly position: number }
  /** The stream's revision, or -1. */
  | { readonly kind: 'conflict'; readonly actual: number }
  | { readonly kind: 'deleted' }

/** A repeat of an append that is not committed yet is unanswered: the server says nothing until its own time is over. */
export type AppendOutcome = Outcome | { readonly kind: 'unanswered' }

/** Everything that writes, one after the other. An outcome may be told when `log.settled()` has resolved. */
export class StreamWriter {
  readonly #log: EventLog
  readonly #knownIds = new KnownIds()

  constructor(log: EventLog) {
    this.#log = log
  }

  /** What a fresh node writes about itself before anything else. */
  begin(): void {
    if (this.#log.length > 0) return
    const data = Buffer.from('{"$maxAge":2592000}')
    this.#write([{ stream: '$$$scavenges', events: [systemEvent('$metadata', data)] }])
  }

  append(name: string, events: readonly ProposedEvent[], expected: Expected): AppendOutcome {
    const stream = this.#log.stream(name)
    const head = headOf(stream)
    const ids = events.map(({ id }) => id)
    const decision = decideAppend(this.#viewOf(name), ids, expected)
    if (decision.kind === 'deleted') return decision
    if (decision.kind === 'conflict') return { kind: 'conflict', actual: head }
    if (decision.kind === 'repeat') return this.#repeat(name, decision.revision)
    if (events.length === 0) return { kind: 'done', revision: Math.max(0, head), position: this.#log.skip() }
    const revived = stream && isSoftDeleted(stream) ? [metadataOf(name, { ...stream.metadata, $tb: head + 1 })] : []
    const first = this.#write([{ stream: name, events }, ...revived])
    const last = first + events.length - 1
    return { kind: 'done', revision: head + events.length, position: this.#log.positionAt(last) }
  }

  /** A soft delete hides what is there; a hard one, a tombstone, closes the stream for ever. */
  delete(name: string, expected: Expected, hard: boolean): Outcome {
    const stream = this.#log.stream(name)
    const head = headOf(stream)
    if (stream?.tombstoned === true) return { kind: 'deleted' }
    if (!mayDelete(expected, head, hard)) return { kind: 'conflict', actual: head }
    const index = hard
      ? this.#write([{ stream: name, events: [systemEvent('$streamDeleted', Buffer.alloc(0))], tombstone: true }])
      : this.#write([
          { stream: `$$${name}`, events: [systemEvent('$metadata', softDeletedMetadata(stream?.metadata ?? {}))] },
        ])
    return { kind: 'done', revision: head, position: this.#log.positionAt(index) }
  }

  #repeat(name: string, revision: number): AppendOutcome {
    const index = this.#log.stream(name)?.events[revision]
    if (index === undefined || index >= this.#log.committed) return { kind: 'unanswered' }
    return { kind: 'done', revision, position: this.#log.positionAt(index) }
  }

  #viewOf(name: string): StreamView {
    const stream = this.#log.stream(name)
    return {
      head: headOf(stream),
      softDeleted: isSoftDeleted(stream),
      tombstoned: stream?.tombstoned === true,
      idAt: (revision) => this.#log.idAt(stream?.events[revision] ?? -1),
      known: (id) => {
        const known = this.#knownIds.get(id)
        return known?.stream === name ? known : undefined
      },
    }
  }

  #write(appended: readonly NewRecords[]): number {
    for (const { stream, events, tombstone } of appended) {
      const head = headOf(this.#log.stream(stream))
      if (tombstone === true) continue
      for (const [index, { id }] of events.entries()) this.#knownIds.add(id, { stream, revision: head + 1 + index })
    }
    return this.#log.write(appended)
  }
}

/** Without a revision a stream must be there to be deleted, but not to be closed for ever. */
const mayDelete = (expected: Expected, head: number, hard: boolean): boolean => {
  if (expected === 'any') return hard || head >= 0
  if (expected === 'stream-exists') return head >= 0
  return BigInt(head) === (expected === 'no-stream' ? -1n : expected)
}

const metadataOf = (name: string, metadata: object): NewRecords => ({
  stream: `$$${name}`,
  events: [systemEvent('$metadata', JSON.stringify(metadata))],
})

const systemEvent = (type: string, data: string | Buffer): ProposedEvent => ({
  id: newId(),
  type,
  contentType: type === '$metadata' ? 'application/json' : 'application/octet-stream',
  data: Buffer.from(data),
  metadata: Buffer.alloc(0),
})
