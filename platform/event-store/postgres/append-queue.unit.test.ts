import { expect, it } from 'vitest'
import { newEvent, newStream } from '../../../test/contracts/event-store-samples.ts'
import { PlatformError } from '../../platform-error.ts'
import { checkedAppend, type CheckedAppend } from '../checked-append.ts'
import { type AppendResult, NO_STREAM } from '../event-store.ts'
import type { Outcome } from './append-call.ts'
import { newAppendQueue } from './append-queue.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const RESULT: AppendResult = { revision: 0, position: '0'.repeat(19) + '1' }

type Answer = (requests: readonly CheckedAppend[], call: number) => readonly Outcome[] | Promise<readonly Outcome[]>

/** A queue on a database that answers as the test says; the flushes that it was sent. */
const opened = (answer: Answer, timeoutMs = 2000) => {
  const flushes: (readonly CheckedAppend[])[] = []
  let underWay = 0
  let mostUnderWay = 0
  let rings = 0
  const queue = newAppendQueue({
    call: async (requests) => {
      flushes.push(requests)
      underWay += 1
      mostUnderWay = Math.max(mostUnderWay, underWay)
      try {
        await new Promise((resolve) => setImmediate(resolve))
        return await answer(requests, flushes.length)
      } finally {
        underWay -= 1
      }
    },
    written: () => (rings += 1),
    log: quiet,
    timeoutMs,
  })
  return {
    queue,
    flushes,
    sizes: () => flushes.map(({ length }) => length),
    mostUnderWay: () => mostUnderWay,
    rings: () => rings,
  }
}

const append = (type = 'SampleHappened', data: unknown = {}): CheckedAppend =>
  checkedAppend(newStream(), [newEvent({ type, data })], NO_STREAM)

const accept: Answer = (requests) => requests.map(() => RESULT)

const failing = (code: string, name = 'PostgresError'): Error => Object.assign(new Error(code), { code, name })

it('sends what comes at once in one flush, and what comes meanwhile in the next', async () => {
  const { queue, sizes, mostUnderWay, rings } = opened(accept)
  const first = Array.from({ length: 5 }, () => queue.push(append()))
  await Promise.race(first)
  await Promise.all([...first, ...Array.from({ length: 7 }, () => queue.push(append()))])
  expect(sizes()).toEqual([5, 7])
  expect(mostUnderWay()).toBe(1)
  expect(rings()).toBe(2)
})

it('lets the callers that a flush answered join the next one', async () => {
  const { queue, sizes } = opened(accept)
  const caller = async (): Promise<void> => {
    for (let count = 0; count < 10; count += 1) await queue.push(append())
  }
  await Promise.all(Array.from({ length: 16 }, caller))
  expect(sizes()).toEqual(Array(10).fill(16))
})

it('puts at most 256 appends into a flush, in their order', async () => {
  const { queue, flushes, sizes } = opened(accept)
  const appends = Array.from({ length: 600 }, () => append())
  await Promise.all(appends.map((each) => queue.push(each)))
  expect(sizes()).toEqual([256, 256, 88])
  expect(flushes.flat()).toEqual(appends)
})

it('ends a flush before it gets too large, and sends an append that alone is larger', async () => {
  const { queue, sizes } = opened(accept)
  const large = 'x'.repeat(900_000)
  await Promise.all(Array.from({ length: 5 }, () => queue.push(append('Large', large))))
  expect(sizes()).toEqual([2, 2, 1])
})

it('gives each caller its own outcome', async () => {
  const { queue } = opened((requests) =>
    requests.map((_, index) => (index === 1 ? { actualRevision: 7 } : { ...RESULT, revision: index })),
  )
  const answers = await Promise.allSettled([append(), append(), append()].map((each) => queue.push(each)))
  expect(answers[0]).toMatchObject({ value: { revision: 0 } })
  expect(answers[1]).toMatchObject({ reason: { code: 'version-conflict', actualRevision: 7 } })
  expect(answers[2]).toMatchObject({ value: { revision: 2 } })
})

it('sends the members one by one when the content of one is refused, and refuses only that one', async () => {
  const { queue, sizes } = opened((requests, call) => {
    if (requests.some(({ events }) => events[0]?.type === 'Poison')) throw failing('22021')
    return accept(requests, call)
  })
  const answers = await Promise.allSettled(['A', 'Poison', 'B'].map((type) => queue.push(append(type))))
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(answers[1]).toMatchObject({ reason: { code: 'invalid-append' } })
  expect(sizes()).toEqual([3, 1, 1, 1])
})

it('sends the same appends again, in their order, after a lost connection', async () => {
  const { queue, flushes } = opened((requests, call) => {
    if (call <= 2) throw failing('CONNECTION_CLOSED', 'Error')
    return accept(requests, call)
  })
  const appends = [append(), append(), append()]
  expect(await Promise.all(appends.map((each) => queue.push(each)))).toEqual([RESULT, RESULT, RESULT])
  expect(flushes).toEqual([appends, appends, appends])
})

it.each([
  ['a lost connection', failing('CONNECTION_CLOSED', 'Error'), 'unknown-outcome'],
  ['a backend that was ended', failing('57P01'), 'unknown-outcome'],
  ['a server that refuses connections', failing('ECONNREFUSED', 'Error'), 'unavailable'],
  ['a lock that was not to be had in time', failing('55P03'), 'unavailable'],
  ['a full disk', failing('53100'), 'unavailable'],
])('gives up after its time with %s, and says whether it may be written', async (_, error, code) => {
  const { queue, flushes } = opened(() => Promise.reject(error), 250)
  await expect(queue.push(append())).rejects.toMatchObject({ code, cause: error })
  expect(flushes.length).toBeGreaterThan(1)
})

it('never forgets that an earlier attempt may have written it', async () => {
  const { queue } = opened((_, call) => {
    throw failing(call === 1 ? 'CONNECTION_CLOSED' : 'ECONNREFUSED', 'Error')
  }, 250)
  await expect(queue.push(append())).rejects.toMatchObject({ code: 'unknown-outcome' })
})

it('tells apart what was sent from what still waited when the database falls silent', async () => {
  const silence = new Promise<never>(() => undefined)
  const { queue } = opened(() => silence, 200)
  const sent = queue.push(append())
  const unsent = new Promise((resolve) => setImmediate(resolve)).then(() =>
    new Promise((resolve) => setImmediate(resolve)).then(() => queue.push(append())),
  )
  const [first, second] = await Promise.allSettled([sent, unsent])
  expect(first).toMatchObject({ reason: { code: 'unknown-outcome' } })
  expect(second).toMatchObject({ reason: { code: 'unavailable' } })
})

it('goes on after a flush that was never answered', async () => {
  const { queue } = opened(
    (requests, call) => (call === 1 ? new Promise(() => undefined) : accept(requests, call)),
    200,
  )
  await expect(queue.push(append())).rejects.toMatchObject({ code: 'unknown-outcome' })
  expect(await queue.push(append())).toEqual(RESULT)
})

it('does not repeat what cannot work, such as a missing function', async () => {
  const { queue, flushes } = opened(() => Promise.reject(failing('42883')))
  await expect(queue.push(append())).rejects.toMatchObject({ code: 'unavailable' })
  expect(flushes).toHaveLength(1)
})

it('waits for what is under way when it is closed, and refuses what comes later', async () => {
  const { queue } = opened(accept)
  const pending = [queue.push(append()), queue.push(append())]
  const closing = queue.close()
  await expect(queue.push(append())).rejects.toBeInstanceOf(PlatformError)
  await closing
  expect(await Promise.all(pending)).toEqual([RESULT, RESULT])
})

it('gives up what cannot be written when it is closed', async () => {
  const { queue } = opened(() => Promise.reject(failing('ECONNREFUSED', 'Error')), 60_000)
  const pending = expect(queue.push(append())).rejects.toMatchObject({ code: 'unavailable' })
  await queue.close()
  await pending
})

it('says that the outcome is unknown of what is under way when it is closed and gets no answer', async () => {
  const { queue } = opened(() => new Promise(() => undefined), 60_000)
  const pending = expect(queue.push(append())).rejects.toMatchObject({ code: 'unknown-outcome' })
  await queue.close()
  await pending
})
