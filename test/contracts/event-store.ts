import { afterAll, beforeAll, describe } from 'vitest'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { appendCases } from './event-store-appends.ts'
import { byteCases } from './event-store-bytes.ts'
import { interruptionCases } from './event-store-interruptions.ts'
import { modelCases } from './event-store-model.ts'
import { readCases } from './event-store-reads.ts'
import { refusalCases } from './event-store-refusals.ts'
import { repeatCases } from './event-store-repeats.ts'
import { subscriptionCases } from './event-store-subscriptions.ts'
import { writerCases } from './event-store-writers.ts'

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

/** What every adapter of the event store port keeps to. */
export const eventStoreContract = (name: string, adapter: EventStoreAdapter): void => {
  describe(`the event store port, by ${name}`, () => {
    const current = opened(adapter.open)
    appendCases(current)
    repeatCases(current)
    refusalCases(current)
    byteCases(current)
    readCases(current)
    subscriptionCases(current)
    modelCases(current)
    if ('childModule' in adapter) servedCases(adapter.open, adapter.childModule)
  })
}

/** On a log of their own, because they disturb it. */
const servedCases = (open: () => Promise<ServedEventStoreUnderTest>, childModule: URL): void => {
  describe('on a server', () => {
    const current = opened(open)
    interruptionCases(current)
    writerCases(current, childModule)
  })
}

const opened = <UnderTest extends EventStoreUnderTest>(open: () => Promise<UnderTest>): Current<UnderTest> => {
  let current: UnderTest | undefined
  beforeAll(async () => {
    current = await open()
  })
  afterAll(async () => {
    await current?.close()
  })
  return () => {
    if (current === undefined) throw new Error('no store is open')
    return current
  }
}
