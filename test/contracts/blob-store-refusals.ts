import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { PutOptions } from '../../platform/blob-store/blob-store.ts'
import type { Current } from './blob-store-under-test.ts'
import { bytesOf, cutAt, sha256Of } from './blob-store-bytes.ts'

/** A source that hands out the bytes and then fails, or never says anything again. */
const brokenOff = async function* (bytes: Uint8Array, end: () => Promise<void>): AsyncGenerator<Uint8Array> {
  yield* cutAt(bytes, [bytes.length >> 1])
  await end()
}

// One size that an adapter may hold in memory and one that must already be on its way to the disk.
const sizes = [1_000, 700_000]

export const refusalCases = (current: Current): void => {
  const expectNothingKept = async (bytes: Uint8Array) => {
    expect(await current().store.size(sha256Of(bytes))).toBeUndefined()
    expect(await current().leftovers()).toEqual([])
  }

  describe.each(sizes)('a put of %i bytes that cannot be accepted', (size) => {
    const bytes = bytesOf(size)
    const wrong: [string, PutOptions][] = [
      ['another md5', { expected: { md5: '0'.repeat(32) } }],
      ['another sha1', { expected: { sha1: '0'.repeat(40) } }],
      ['another sha256', { expected: { sha256: '0'.repeat(64) } }],
      ['another sha512', { expected: { sha512: '0'.repeat(128) } }],
      ['one byte more', { expected: { size: size + 1 } }],
      ['one byte less', { expected: { size: size - 1 } }],
      ['at most one byte less', { maxSize: size - 1 }],
      ['a size above the largest allowed', { expected: { size }, maxSize: size - 1 }],
    ]
    it.each(wrong)('is refused and leaves nothing when %s was announced', async (_, options) => {
      const { store } = current()
      await expect(store.put(bytes, options)).rejects.toMatchObject({ code: 'digest-mismatch' })
      await expect(store.put(Readable.from(cutAt(bytes, [10])), options)).rejects.toMatchObject({
        code: 'digest-mismatch',
      })
      await expectNothingKept(bytes)
    })

    it('passes on what the source threw, and leaves nothing', async () => {
      const failure = new Error('the client went away')
      const fail = () => Promise.reject(failure)
      await expect(current().store.put(brokenOff(bytes, fail))).rejects.toBe(failure)
      await expect(current().store.put(Readable.from(brokenOff(bytes, fail)))).rejects.toBe(failure)
      await expectNothingKept(bytes)
    })

    it('refuses a stream that was destroyed before its end, and leaves nothing', async () => {
      const stream = new PassThrough()
      stream.write(bytes)
      const put = current().store.put(stream)
      put.catch(() => undefined)
      while (stream.readableLength > 0) await nextTurn()
      stream.destroy()
      await expect(put).rejects.toMatchObject({ code: 'ERR_STREAM_PREMATURE_CLOSE' })
      await expectNothingKept(bytes)
    })

    it('stops with the reason of the signal while the source is silent, and leaves nothing', async () => {
      const abort = new AbortController()
      const reason = new Error('too slow')
      const silent = () => {
        setImmediate(() => abort.abort(reason))
        return new Promise<void>(() => undefined)
      }
      await expect(current().store.put(brokenOff(bytes, silent), { signal: abort.signal })).rejects.toBe(reason)
      await expectNothingKept(bytes)
    })

    it('stops when the signal aborts between two chunks, and leaves nothing', async () => {
      const abort = new AbortController()
      const reason = new Error('the client went away')
      const aborting = async function* () {
        yield bytes
        await nextTurn()
        abort.abort(reason)
        yield bytes
      }
      await expect(current().store.put(aborting(), { signal: abort.signal })).rejects.toBe(reason)
      await expectNothingKept(bytes)
    })

    it('does not begin when the signal has already aborted', async () => {
      const signal = AbortSignal.abort()
      await expect(current().store.put(bytes, { signal })).rejects.toBe(signal.reason)
      await expectNothingKept(bytes)
    })

    it('leaves a stream that it refuses alive, so that a request can still be answered', async () => {
      const stream = new PassThrough()
      stream.write(bytes)
      await expect(current().store.put(stream, { maxSize: size - 1 })).rejects.toMatchObject({
        code: 'digest-mismatch',
      })
      expect(stream.destroyed).toBe(false)
      stream.end()
      stream.resume()
      await once(stream, 'end')
    })
  })

  it('closes a generator that it refuses', async () => {
    let closed: () => void = () => undefined
    const whenClosed = new Promise<void>((resolve) => (closed = resolve))
    const endless = async function* () {
      try {
        for (;;) {
          await nextTurn()
          yield bytesOf(1000)
        }
      } finally {
        closed()
      }
    }
    await expect(current().store.put(endless(), { maxSize: 5000 })).rejects.toMatchObject({ code: 'digest-mismatch' })
    await whenClosed
  })

  it('refuses a source that yields something else than bytes', async () => {
    const text = Readable.from(['text'])
    await expect(current().store.put(text)).rejects.toBeInstanceOf(TypeError)
    expect(await current().leftovers()).toEqual([])
  })
}
