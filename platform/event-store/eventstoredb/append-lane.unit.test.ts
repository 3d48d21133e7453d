import { UnavailableError, UnknownError, WrongExpectedVersionError } from '@eventstore/db-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newEvent, newEvents } from '../../../test/contracts/event-store-samples.ts'
import { type CheckedAppend, checkedAppend } from '../checked-append.ts'
import { type AppendResult, type NewEvent, NO_STREAM } from '../event-store.ts'
import { type AppendLane, newAppendLane } from './append-lane.ts'
import type { Link } from './connection.ts'

const TIMEOUT_MS = 10_000
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() }

/** What was sent, with the means to answer it. */
interface Attempt {
  readonly append: CheckedAppend
  readonly link: Link
  readonly answer: (result: AppendResult) => void
  readonly fail: (error: unknown) => void
}

let lane: AppendLane
let link: Link | undefined
let attempts: Attempt[]
let renewals: number

const newLink = (): Link => ({ client: {} as Link['client'], over: false, wasSilent: false })

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] })
  vi.clearAllMocks()
  attempts = []
  renewals = 0
  link = newLink()
  // As the connection does it: the calls end at once, a new link takes a moment.
  const renewSilent = (old: Link): void => {
    if (old !== link) return
    renewals += 1
    link = undefined
    lane.linkEnded()
    setTimeout(() => {
      link = newLink()
      lane.linkRenewed()
    }, 10)
  }
  lane = newAppendLane({
    connection: () => ({
      link,
      renew: (old, remedy) => {
        if (remedy !== 'none') renewSilent(old)
      },
      renewSilent,
    }),
    call: (_, __, append) =>
      new Promise((answer, fail) => {
        if (link !== undefined) attempts.push({ append, link, answer, fail })
      }),
    log,
    timeoutMs: TIMEOUT_MS,
  })
})

afterEach(async () => {
  const closing = lane.close()
  await vi.runAllTimersAsync()
  await closing
  vi.useRealTimers()
})

const push = (stream: string, events: readonly NewEvent[], expected = NO_STREAM): Promise<AppendResult> => {
  const result = lane.push(checkedAppend(stream, events, expected), `acme.${stream}`)
  result.catch(() => undefined) // looked at later
  return result
}

const settle = async (): Promise<void> => {
  await vi.advanceTimersByTimeAsync(0)
}
const result = (revision: number): AppendResult => ({ revision, position: String(revision).padStart(20, '0') })
const dropped = (): UnavailableError => new UnavailableError({ code: 14, message: 'Connection dropped' } as never)
const busy = (): UnknownError => new UnknownError(undefined, 'Could not recognize Server Is Not Ready')

describe('appends under way', () => {
  it('are 64 at most, the others follow in the order they came', async () => {
    const results = Array.from({ length: 70 }, (_, index) => push(`s-${index}`, [newEvent()]))
    expect(attempts).toHaveLength(64)
    attempts[5]?.answer(result(5))
    attempts[9]?.answer(result(9))
    await settle()
    expect(attempts.map(({ append }) => append.stream)).toEqual(Array.from({ length: 66 }, (_, index) => `s-${index}`))
    for (const { answer } of attempts) answer(result(0))
    await settle()
    for (const { answer } of attempts) answer(result(0))
    expect(await Promise.all(results)).toHaveLength(70)
  })

  it('are joined by a repeat, which is not sent', async () => {
    const events = newEvents(2)
    const results = [push('s-1', events), push('s-1', events)]
    expect(attempts).toHaveLength(1)
    attempts[0]?.answer(result(1))
    expect(await Promise.all(results)).toEqual([result(1), result(1)])
  })

  it('are waited for by an append that shares an event with them', async () => {
    const [first, second] = [newEvent(), newEvent()]
    const whole = push('s-1', [first, second])
    const part = push('s-1', [first])
    const elsewhere = push('s-2', [first])
    expect(attempts.map(({ append }) => append.stream)).toEqual(['s-1', 's-2'])
    attempts[0]?.answer(result(1))
    attempts[1]?.answer(result(0))
    await settle()
    attempts[2]?.answer(result(0))
    expect(await Promise.all([whole, part, elsewhere])).toEqual([result(1), result(0), result(0)])
  })

  it('are all to one stream when they hold different events', () => {
    for (let count = 0; count < 5; count += 1) void push('s-1', [newEvent()], count)
    expect(attempts).toHaveLength(5)
  })
})

describe('an append without an answer', () => {
  it('is sent again as it was', async () => {
    const appended = push('s-1', newEvents(2), 3)
    attempts[0]?.fail(busy())
    await vi.advanceTimersByTimeAsync(60)
    expect(attempts).toHaveLength(2)
    expect(attempts[1]?.append).toBe(attempts[0]?.append)
    attempts[1]?.answer(result(5))
    expect(await appended).toEqual(result(5))
    expect([log.warn.mock.calls.length, log.info.mock.calls.length]).toEqual([1, 1])
  })

  it('makes the connection anew with all that is under way, when the call broke', async () => {
    const results = [push('s-1', [newEvent()]), push('s-2', [newEvent()])]
    attempts[0]?.fail(dropped())
    await vi.advanceTimersByTimeAsync(60)
    expect(renewals).toBe(1)
    expect(attempts).toHaveLength(4)
    expect(attempts[3]?.link).not.toBe(attempts[0]?.link)
    // What the old call still has to say is of no interest.
    attempts[1]?.fail(dropped())
    for (const { answer } of attempts.slice(2)) answer(result(0))
    expect(await Promise.all(results)).toEqual([result(0), result(0)])
    expect(renewals).toBe(1)
  })

  it('makes the connection anew when nothing was answered for 4 s', async () => {
    const appended = push('s-1', [newEvent()])
    await vi.advanceTimersByTimeAsync(3900)
    expect(renewals).toBe(0)
    await vi.advanceTimersByTimeAsync(300)
    expect(renewals).toBe(1)
    attempts[1]?.answer(result(0))
    expect(await appended).toEqual(result(0))
  })

  it('does not, while others are answered', async () => {
    const slow = push('s-1', [newEvent()])
    for (let second = 0; second < 9; second += 1) {
      const quick = push('s-2', [newEvent()])
      await vi.advanceTimersByTimeAsync(1000)
      attempts.at(-1)?.answer(result(0))
      await quick
    }
    expect(renewals).toBe(0)
    attempts[0]?.answer(result(0))
    expect(await slow).toEqual(result(0))
  })

  it('is of unknown outcome when its time is up', async () => {
    const appended = expect(push('s-1', [newEvent()])).rejects.toMatchObject({ code: 'unknown-outcome' })
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS + 200)
    await appended
  })

  it('is of unknown outcome even when it could not be sent since', async () => {
    const appended = expect(push('s-1', [newEvent()])).rejects.toMatchObject({ code: 'unknown-outcome' })
    attempts[0]?.fail(busy())
    for (let tenth = 0; tenth < 110; tenth += 1) {
      await vi.advanceTimersByTimeAsync(100)
      attempts.at(-1)?.fail(Object.assign(new Error('No connection established'), { code: 14 }))
    }
    await appended
  })

  it('was not written when it never was sent', async () => {
    const unavailable = { code: 'unavailable', cause: { message: 'No connection established' } }
    const appended = expect(push('s-1', [newEvent()])).rejects.toMatchObject(unavailable)
    for (let tenth = 0; tenth < 110; tenth += 1) {
      await vi.advanceTimersByTimeAsync(100)
      attempts.at(-1)?.fail(Object.assign(new Error('No connection established'), { code: 14 }))
    }
    await appended
    expect(attempts.length).toBeLessThan(20)
  })

  it('was not written when 64 others took all the room', async () => {
    for (let count = 0; count < 64; count += 1) void push(`s-${count}`, [newEvent()])
    const waiting = expect(push('s-64', [newEvent()])).rejects.toMatchObject({ code: 'unavailable' })
    await vi.advanceTimersByTimeAsync(3000)
    for (let second = 0; second < 8; second += 1) {
      attempts[second]?.fail(busy()) // they go back to the front of the queue
      await vi.advanceTimersByTimeAsync(1000)
    }
    await waiting
  })
})

describe('a repeat of an append that was given up', () => {
  it('waits for the attempt that is still open, and takes its answer', async () => {
    const events = newEvents(1)
    const slow = expect(push('s-1', events)).rejects.toMatchObject({ code: 'unknown-outcome' })
    for (let second = 0; second < 11; second += 1) {
      // Others are answered, so the call is not dead.
      void push('s-2', [newEvent()])
      attempts.at(-1)?.answer(result(0))
      await vi.advanceTimersByTimeAsync(1000)
    }
    await slow
    const sent = attempts.length
    const repeated = push('s-1', events)
    expect(attempts).toHaveLength(sent)
    attempts[0]?.answer(result(0))
    expect(await repeated).toEqual(result(0))
  })
})

describe('an answer', () => {
  it('tells a conflict with the stream as its caller calls it', async () => {
    const conflict = new WrongExpectedVersionError(undefined, {
      streamName: 'acme.s-1',
      expected: 'no_stream',
      current: 4n,
    })
    const appended = push('s-1', [newEvent()])
    attempts[0]?.fail(conflict)
    await expect(appended).rejects.toMatchObject({ code: 'version-conflict', actualRevision: 4 })
    await expect(appended).rejects.toThrow('stream s-1 is at revision 4')
  })

  it('refuses only the append that the server cannot take, and sends the others again', async () => {
    const results = [push('s-1', [newEvent()]), push('s-2', [newEvent()])]
    attempts[0]?.fail(new UnknownError(undefined, 'Could not recognize BadRequest'))
    await expect(results[0]).rejects.toMatchObject({ code: 'invalid-append' })
    await vi.advanceTimersByTimeAsync(60)
    expect(renewals).toBe(1)
    expect(attempts.map(({ append }) => append.stream)).toEqual(['s-1', 's-2', 's-2'])
    attempts[2]?.answer(result(0))
    expect(await results[1]).toEqual(result(0))
  })

  it('of a mistake of ours is told at once', async () => {
    const appended = push('s-1', [newEvent()])
    attempts[0]?.fail(new TypeError('x is not a function'))
    await expect(appended).rejects.toMatchObject({ code: 'unavailable' })
    expect(attempts).toHaveLength(1)
  })
})

describe('closing', () => {
  it('waits for what is under way, and takes no more', async () => {
    const appended = push('s-1', [newEvent()])
    const closed = lane.close()
    await expect(push('s-2', [newEvent()])).rejects.toMatchObject({ code: 'unavailable' })
    attempts[0]?.answer(result(0))
    expect(await appended).toEqual(result(0))
    await closed
  })

  it('ends after 1.5 s all the same', async () => {
    const sent = expect(push('s-1', [newEvent()])).rejects.toMatchObject({ code: 'unknown-outcome' })
    const closed = lane.close()
    await vi.advanceTimersByTimeAsync(1600)
    await Promise.all([closed, sent])
  })
})
