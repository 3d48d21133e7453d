import { setTimeout as delay } from 'node:timers/promises'
import type { Bell } from './bell.ts'
import { checkedLimit, checkedPosition } from './checked-read.ts'
import type { Batch, Position, RecordedEvent, Subscription } from './event-store.ts'
import type { EventStoreLog } from './event-store-log.ts'

export interface Page {
  readonly events: readonly RecordedEvent[]
  /** The log may hold more at once; when false it held nothing else when it was asked. */
  readonly more: boolean
}

export interface PolledLog {
  readonly readPage: (after: Position, limit: number) => Promise<Page>
  readonly bell: Bell
  /** Whether a failed read may succeed when it is tried again. Others end the subscription. */
  readonly isPassing: (error: unknown) => boolean
  readonly log: EventStoreLog
}

/**
 * For what other processes append a follower asks after 5 ms when it has just found some, and ever more seldom down to every 50 ms
 * while there is none. What this process appends rings the bell, and makes no such question.
 */
const FIRST_POLL_MS = 5
const LAST_POLL_MS = 50
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1000
const BATCH_SIZE = 500

/** `subscribeAll` for a log that has to be asked. */
export const pollSubscription = (
  polled: PolledLog,
  after: Position,
  { signal, batchSize = BATCH_SIZE }: { readonly signal: AbortSignal; readonly batchSize?: number },
): Subscription => ({
  wake: () => polled.bell.ring(),
  [Symbol.asyncIterator]: () => batches(polled, checkedPosition(after), signal, checkedLimit(batchSize)),
})

async function* batches(
  { readPage, bell, isPassing, log }: PolledLog,
  after: Position,
  signal: AbortSignal,
  batchSize: number,
): AsyncGenerator<Batch, void, void> {
  let position = after
  let poll = FIRST_POLL_MS
  let retry = 0
  let rung = false
  while (!signal.aborted) {
    const heard = bell.rings
    const asked = performance.now()
    let page: Page | undefined
    try {
      page = await orAborted(readPage(position, batchSize), signal)
    } catch (error) {
      if (!isPassing(error)) throw error
      if (retry === 0) log.warn({ err: error, position }, 'following the log is interrupted')
      retry = Math.min(Math.max(retry * 2, FIRST_RETRY_MS), LAST_RETRY_MS)
      await delay(retry, undefined, { signal }).catch(() => undefined) // aborted: the loop ends
      continue
    }
    if (page === undefined) return
    if (retry > 0) log.info({ position }, 'following the log goes on')
    retry = 0
    position = page.events.at(-1)?.position ?? position
    yield { events: page.events, position, confirmedAt: page.more ? undefined : asked }
    if (page.events.length === 0) poll = Math.min(poll * 2, LAST_POLL_MS)
    else if (!rung) poll = FIRST_POLL_MS
    if (page.more) continue
    await bell.wait(heard, poll, signal)
    rung = bell.rings !== heard
  }
}

/** The promise's result, or undefined as soon as `signal` aborts; what the promise does later is then of no interest. */
const orAborted = async <Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result | undefined> => {
  const { promise: aborted, resolve } = Promise.withResolvers<undefined>()
  const onAbort = (): void => resolve(undefined)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
