import type { EventStore } from '../../platform/event-store/event-store.ts'

export interface EventStoreUnderTest {
  readonly store: EventStore
  /** Closes the store and removes what it kept. */
  close(): Promise<void>
}

/** A store whose log lives on a server, so that connections break and other processes write. */
export interface ServedEventStoreUnderTest extends EventStoreUnderTest {
  /** Opens the same log again, as another process would. */
  reopen(): Promise<EventStore>
  /** Breaks every connection of this log's stores, as a restart of the server does. */
  interrupt(): Promise<void>
  /** Events that `store` has fetched from the server so far. */
  fetched(): number
  /** What `openInChild` of the child module needs to open the same log. */
  readonly childArgument: string
}

export type EventStoreAdapter =
  | { readonly open: () => Promise<EventStoreUnderTest> }
  | {
      readonly open: () => Promise<ServedEventStoreUnderTest>
      /** A module that exports `openInChild(argument): Promise<EventStore>`. */
      readonly childModule: URL
    }

/**
 * The store of the running test. All tests share one log, which need not be empty at the start: each writes streams of its
 * own and looks at the log from where it was.
 */
export type Current<UnderTest extends EventStoreUnderTest = EventStoreUnderTest> = () => UnderTest
