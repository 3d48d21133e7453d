import { beforeEach, describe, expect, it, vi } from 'vitest'
import { newEvent } from '../../test/contracts/event-store-samples.ts'
import type { Position, RecordedEvent } from './event-store.ts'
import { FreshCache, type FreshCacheOptions } from './fresh-cache.ts'

const position = (number: number): Position => String(number).padStart(20, '0')

/** A tail that the test moves, confirmed right now unless it says otherwise. */
const newTail = () => {
  const listeners: ((events: readonly RecordedEvent[]) => void)[] = []
  let at = 10
  let age = 0
  const tail = {
    get position() {
      return position(at)
    },
    get confirmedAt() {
      return performance.now() - age
    },
    confirm: vi.fn(() => {
      age = 0
      return Promise.resolve()
    }),
    wake: vi.fn(),
    onEvents: (listener: (events: readonly RecordedEvent[]) => void) => {
      listeners.push(listener)
      return () => undefined
    },
    /** Delivers one event that names keys in its data. */
    deliver: (...keys: string[]) => {
      at += 1
      const event = { ...newEvent({ data: keys }), stream: 's-1', revision: 0, position: position(at) }
      for (const listener of listeners) listener([event])
      return event.position
    },
    grow: (milliseconds: number) => (age = milliseconds),
  }
  return tail
}

const affects = ({ data }: RecordedEvent) => {
  const keys = data as readonly string[]
  if (keys[0] === 'broken') throw new Error('cannot say')
  return keys[0] === 'all' ? ('all' as const) : keys
}

let tail: ReturnType<typeof newTail>
let ready: ReturnType<typeof vi.fn<(position: Position) => Promise<boolean>>>
let loads: number
const load = () => Promise.resolve(`value ${(loads += 1)}`)

const open = (over: Partial<FreshCacheOptions<string>> = {}) =>
  new FreshCache<string>({ tail, affects, ready, ...over })

beforeEach(() => {
  tail = newTail()
  ready = vi.fn(() => Promise.resolve(true))
  loads = 0
})

describe('serving', () => {
  it('loads once, then serves from memory', async () => {
    const cache = open()
    expect(cache.peek('a')).toBeUndefined()
    expect(await cache.get('a', load)).toBe('value 1')
    expect(await cache.get('a', load)).toBe('value 1')
    expect(cache.peek('a')).toBe('value 1')
    expect(await cache.get('b', load)).toBe('value 2')
  })

  it('peeks at nothing while the head is not confirmed for too long', async () => {
    const cache = open({ maxAgeMs: 100 })
    await cache.get('a', load)
    tail.grow(95)
    expect(cache.peek('a')).toBe('value 1')
    tail.grow(105)
    expect(cache.peek('a')).toBeUndefined()
  })

  it('confirms the head first when that is too long ago, then serves from memory', async () => {
    const cache = open()
    await cache.get('a', load)
    tail.grow(200)
    expect(await cache.get('a', load)).toBe('value 1')
    expect(tail.confirm).toHaveBeenCalledOnce()
  })

  it('serves what the confirmation leaves, not what was there before it', async () => {
    const cache = open()
    await cache.get('a', load)
    tail.grow(200)
    tail.confirm.mockImplementationOnce(() => {
      tail.deliver('a')
      return Promise.resolve()
    })
    expect(await cache.get('a', load)).toBe('value 2')
  })

  it('loads for everyone at once, and lets a failure reach everyone', async () => {
    const cache = open()
    const both = await Promise.all([cache.get('a', load), cache.get('a', load)])
    expect(both).toEqual(['value 1', 'value 1'])
    const fail = () => Promise.reject(new Error('no such row'))
    const failed = await Promise.allSettled([cache.get('b', fail), cache.get('b', load)])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await cache.get('b', load)).toBe('value 2')
  })
})

describe('dropping', () => {
  it('drops the keys that an event affects, and only those', async () => {
    const cache = open()
    for (const key of ['a', 'b', 'c']) await cache.get(key, load)
    tail.deliver('a', 'c')
    expect(['a', 'b', 'c'].map((key) => cache.peek(key))).toEqual([undefined, 'value 2', undefined])
  })

  it('drops everything when an event affects everything', async () => {
    const cache = open()
    for (const key of ['a', 'b']) await cache.get(key, load)
    tail.deliver('all')
    expect(['a', 'b'].map((key) => cache.peek(key))).toEqual([undefined, undefined])
  })

  it('drops everything when it cannot be said what an event affects', async () => {
    const cache = open()
    await cache.get('a', load)
    expect(() => tail.deliver('broken')).toThrow('cannot say')
    expect(cache.peek('a')).toBeUndefined()
    await cache.get('a', load)
    expect(ready).toHaveBeenLastCalledWith(position(11))
  })

  it('does not keep what was loaded while an event affected it', async () => {
    const cache = open()
    const { promise, resolve } = Promise.withResolvers<string>()
    const early = cache.get('a', () => promise)
    await Promise.resolve()
    tail.deliver('a')
    expect(await cache.get('a', load)).toBe('value 1')
    resolve('from before the event')
    expect(await early).toBe('from before the event')
    expect(cache.peek('a')).toBe('value 1')
  })

  it('keeps what was loaded while other keys were affected', async () => {
    const cache = open()
    const { promise, resolve } = Promise.withResolvers<string>()
    const loading = cache.get('a', () => promise)
    await Promise.resolve()
    tail.deliver('b')
    resolve('still right')
    await loading
    expect(cache.peek('a')).toBe('still right')
  })
})

describe('waiting for the read model', () => {
  it('waits for the last event that affected the key, for others for what was the head at the start', async () => {
    const cache = open()
    await cache.get('other', load)
    expect(ready).toHaveBeenLastCalledWith(position(10))
    tail.deliver('a')
    const last = tail.deliver('a')
    tail.deliver('b')
    await cache.get('a', load)
    expect(ready).toHaveBeenLastCalledWith(last)
  })

  it('waits before it loads', async () => {
    const cache = open()
    const { promise, resolve } = Promise.withResolvers<boolean>()
    ready.mockReturnValueOnce(promise)
    const loading = cache.get('a', load)
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
    expect(loads).toBe(0)
    resolve(true)
    expect(await loading).toBe('value 1')
  })

  it('answers without keeping when the read model does not get there', async () => {
    const cache = open()
    ready.mockResolvedValueOnce(false)
    expect(await cache.get('a', load)).toBe('value 1')
    expect(cache.peek('a')).toBeUndefined()
    expect(await cache.get('a', load)).toBe('value 2')
    expect(cache.peek('a')).toBe('value 2')
  })

  it('still waits for an event of long ago when thousands of keys were affected since', async () => {
    const cache = open({ maxEntries: 100 })
    const last = tail.deliver('a')
    for (let count = 0; count < 1000; count += 1) tail.deliver(`key ${count}`)
    await cache.get('a', load)
    expect((ready.mock.lastCall?.[0] ?? '') >= last).toBe(true)
  })
})

describe('when the log does not answer', () => {
  it('loads every time, keeps nothing and does not wait when the log is known to be away', async () => {
    const cache = open()
    await cache.get('a', load)
    tail.grow(5000)
    expect(await cache.get('a', load)).toBe('value 2')
    expect(await cache.get('a', load)).toBe('value 3')
    expect(tail.confirm).not.toHaveBeenCalled()
    tail.grow(0)
    expect(cache.peek('a')).toBe('value 1')
  })

  it('loads when the confirmation fails', async () => {
    const cache = open()
    tail.grow(200)
    tail.confirm.mockRejectedValueOnce(new Error('no answer'))
    expect(await cache.get('a', load)).toBe('value 1')
    tail.grow(0)
    expect(cache.peek('a')).toBeUndefined()
  })
})

describe('its size', () => {
  it('keeps the entries that were used last', async () => {
    const cache = open({ maxEntries: 2 })
    for (const key of ['a', 'b', 'a', 'c']) await cache.get(key, load)
    expect(['a', 'b', 'c'].map((key) => cache.peek(key))).toEqual(['value 1', undefined, 'value 3'])
  })

  it('is bounded in bytes when it can measure them', async () => {
    const cache = open({ maxBytes: 1000, sizeOf: (value) => value.length })
    const text = (size: number) => () => Promise.resolve('x'.repeat(size))
    await cache.get('a', text(600))
    await cache.get('b', text(600))
    await cache.get('huge', text(5000))
    expect([cache.peek('a'), cache.peek('b')?.length, cache.peek('huge')]).toEqual([undefined, 600, undefined])
  })
})
