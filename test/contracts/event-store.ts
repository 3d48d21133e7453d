import { afterAll, beforeAll, describe } from 'vitest'
import { appendCases } from './event-store-appends.ts'
import { byteCases } from './event-store-bytes.ts'
import { interruptionCases } from './event-store-interruptions.ts'
import { modelCases } from './event-store-model.ts'
import { readCases } from './event-store-reads.ts'
import { refusalCases } from './event-store-refusals.ts'
import { repeatCases } from './event-store-repeats.ts'
import { subscriptionCases } from './event-store-subscriptions.ts'
import type {
  Current,
  EventStoreAdapter,
  EventStoreUnderTest,
  ServedEventStoreUnderTest,
} from './event-store-under-test.ts'
import { writerCases } from './event-store-writers.ts'

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
  })
  if ('childModule' in adapter) servedCases(name, adapter.open, adapter.childModule)
}

/** On a log of their own, because they disturb it. */
const servedCases = (name: string, open: () => Promise<ServedEventStoreUnderTest>, childModule: URL): void => {
  describe(`the event store port, by ${name} on a server`, () => {
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
