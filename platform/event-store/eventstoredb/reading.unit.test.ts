import { Readable } from 'node:stream'
import { StreamNotFoundError, UnavailableError, UnknownError } from '@eventstore/db-client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { PlatformError } from '../../platform-error.ts'
import type { Connection, Link } from './connection.ts'
import { reading, through } from './reading.ts'

type TestLink = { -readonly [part in keyof Link]: Link[part] }

const newLink = (): TestLink => ({ client: {} as Link['client'], over: false, wasSilent: false })
const dropped = (): UnavailableError => new UnavailableError({ code: 14, message: 'Connection dropped' } as never)

let link: TestLink
let renewals: string[]
let connection: Connection

beforeEach(() => {
  link = newLink()
  renewals = []
  const renew = (old: Link, remedy: string): void => {
    if (remedy !== 'none' && old === link) {
      renewals.push(remedy)
      link.over = true
      link = newLink()
    }
  }
  connection = {
    get link() {
      return link
    },
    ready: () => Promise.resolve(link),
    renew,
    renewSilent: (old) => renew(old, 'silent'),
    close: () => Promise.resolve(),
  }
})

describe('a read', () => {
  it('is made again on the next link when its connection broke', async () => {
    const read = vi.fn<() => Promise<number>>().mockRejectedValueOnce(dropped()).mockResolvedValueOnce(7)
    expect(await reading(connection, read)).toBe(7)
    expect(renewals).toEqual(['client'])
  })

  it('is made again when its link ended under it, for what it gave may be a part', async () => {
    const seen: number[] = []
    const result = await reading(connection, async (under) => {
      seen.push(seen.length)
      if (seen.length === 1) connection.renew(under, 'client')
      return seen.length
    })
    expect(result).toBe(2)
  })

  it('is given up after a second, without a server', async () => {
    const start = performance.now()
    const read = vi.fn<() => Promise<number>>().mockImplementation(() => Promise.reject(dropped()))
    await expect(reading(connection, read)).rejects.toMatchObject({ code: 'unavailable', cause: { code: 14 } })
    expect(performance.now() - start).toBeGreaterThan(900)
    expect(read.mock.calls.length).toBeLessThan(12)
  })

  it.each([
    [new UnknownError({ code: 2, message: 'Unexpected ReadAllResult: InvalidPosition' } as never), RangeError],
    [new TypeError('mistake'), PlatformError],
  ])('is not made again after %o', async (error, told) => {
    const read = vi.fn<() => Promise<number>>().mockRejectedValue(error)
    await expect(reading(connection, read)).rejects.toBeInstanceOf(told)
    expect(read).toHaveBeenCalledOnce()
  })

  it('that is not answered says so, and leaves the connection', async () => {
    const read = (): Promise<number> => Promise.reject(new PlatformError('timeout', 'nothing came'))
    await expect(reading(connection, read)).rejects.toMatchObject({ code: 'timeout' })
    expect(renewals).toEqual(['silent'])
  })
})

describe('what the server sends', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  const sent = (events: Iterable<number> | AsyncIterable<number>) =>
    Object.assign(Readable.from(events), { cancel: vi.fn(() => Promise.resolve()) })

  it('is handed over until there is enough, and taken to its end', async () => {
    const taken: number[] = []
    const read = sent([1, 2, 3, 4])
    await through(read as never, (event: number) => {
      taken.push(event)
      return event === 2 ? 'enough' : 'more'
    })
    expect(taken).toEqual([1, 2])
    expect(read.cancel).toHaveBeenCalled()
    expect(read.readableEnded).toBe(true)
  })

  it('is not waited for longer than 5 s', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const silent = sent(
      (async function* () {
        yield 1
        await new Promise(() => undefined)
      })(),
    )
    const reading = through(silent as never, () => 'more')
    const told = expect(reading).rejects.toMatchObject({ code: 'timeout' })
    await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(5500)
    await told
    expect(silent.cancel).toHaveBeenCalled()
  })

  it('may be an error', async () => {
    const failing = sent(
      (async function* (): AsyncGenerator<number> {
        throw new StreamNotFoundError(null as never, 's-1')
      })(),
    )
    await expect(through(failing as never, () => 'more')).rejects.toMatchObject({ type: 'stream-not-found' })
  })
})
