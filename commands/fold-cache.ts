import { LRUCache } from 'lru-cache'
import type { Decider } from '../domain/decider.ts'
import type { DomainEvent } from '../domain/event-type.ts'
import type { EventMetadata } from '../domain/metadata.ts'
import { upcast } from '../domain/event-catalogue.ts'
import { NO_STREAM, START, type EventStore, type RecordedEvent } from '../platform/event-store/event-store.ts'
import { FreshCache } from '../platform/event-store/fresh-cache.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import type { Fold } from './fold.ts'
import type { FoldSnapshots } from './fold-snapshots.ts'

/** A repeat that comes after more commands on one stream than this is decided anew, unless its answer is on record. */
const REMEMBERED_COMMANDS = 64

const foldOn = <State, Event extends DomainEvent>(
  decider: Decider<State, never, Event>,
  from: Fold<State>,
  events: readonly RecordedEvent[],
): Fold<State> => {
  if (events.length === 0) return from
  let { state, revision, position } = from
  const done = new Map(from.done)
  for (const recorded of events) {
    const metadata = recorded.metadata as EventMetadata
    state = decider.evolve(state, upcast(recorded) as Event)
    revision = recorded.revision
    position = recorded.position
    done.delete(metadata.commandId)
    done.set(metadata.commandId, position)
  }
  for (const oldest of done.keys()) {
    if (done.size <= REMEMBERED_COMMANDS) break
    done.delete(oldest)
  }
  return { state, revision, position, done }
}

const absent = <State, Event extends DomainEvent>(decider: Decider<State, never, Event>): Fold<State> => ({
  state: decider.initialState,
  revision: NO_STREAM,
  position: START,
  done: new Map(),
})

/** Folded streams, so that a command reads only what was appended since the last one. Always droppable. */
export class FoldCache {
  readonly #store: EventStore
  readonly #folds = new LRUCache<string, Fold<unknown>>({ max: 20_000 })
  readonly #recent: FreshCache<Fold<unknown>> | undefined
  readonly #snapshots: FoldSnapshots | undefined

  /**
   * `tail`: what tells of changes by other processes; without one every load asks the store. `snapshots`: without them a long
   * stream is read from its beginning when it is not in memory.
   */
  constructor(
    store: EventStore,
    { tail, snapshots }: { readonly tail?: Tail; readonly snapshots?: FoldSnapshots } = {},
  ) {
    this.#store = store
    this.#snapshots = snapshots
    this.#recent =
      tail &&
      new FreshCache<Fold<unknown>>({
        tail,
        affects: ({ stream }) => [stream],
        ready: () => Promise.resolve(true), // the store itself is read, not a model that follows it
        maxEntries: 20_000,
      })
  }

  /** Absent without asking, where nothing is known of the stream: right only if an append with NO_STREAM succeeds. */
  async loadLikelyNew<State, Event extends DomainEvent>(
    stream: string,
    decider: Decider<State, never, Event>,
  ): Promise<Fold<State>> {
    return this.#folds.has(stream) ? this.load(stream, decider) : absent(decider)
  }

  /** The stream as it is in the store now. */
  async load<State, Event extends DomainEvent>(
    stream: string,
    decider: Decider<State, never, Event>,
  ): Promise<Fold<State>> {
    const from =
      ((this.#folds.get(stream) ?? (await this.#snapshots?.find(stream))) as Fold<State> | undefined) ?? absent(decider)
    const events = await this.#store.readStream(stream, from.revision + 1)
    const fold = this.#keep(stream, foldOn(decider, from, events))
    this.#snapshots?.keep(stream, fold, events.length)
    return fold
  }

  /**
   * The stream as it was within the last 100 ms, mostly without asking the store. For what a command only looks at: no
   * append holds another stream still, so this is no less certain than asking.
   */
  async recent<State, Event extends DomainEvent>(
    stream: string,
    decider: Decider<State, never, Event>,
  ): Promise<Fold<State>> {
    const load = () => this.load(stream, decider)
    return this.#recent === undefined ? load() : ((await this.#recent.get(stream, load)) as Fold<State>)
  }

  /** Folds what was just appended, so that the next command need not read it. */
  advance<State, Event extends DomainEvent>(
    stream: string,
    decider: Decider<State, never, Event>,
    from: Fold<State>,
    events: readonly RecordedEvent[],
  ): Fold<State> {
    return this.#keep(stream, foldOn(decider, from, events))
  }

  #keep<State>(stream: string, fold: Fold<State>): Fold<State> {
    const known = this.#folds.get(stream)
    if (fold.revision >= 0 && (known === undefined || known.revision < fold.revision)) this.#folds.set(stream, fold)
    return fold
  }
}
