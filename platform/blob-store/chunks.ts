import { Readable } from 'node:stream'

/** Hashing this much takes about a millisecond: the longest that one chunk may keep the event loop. */
export const LARGEST_CHUNK = 262_144

const slices = function* (bytes: unknown): Generator<Uint8Array, void, undefined> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('the source of a blob must yield bytes')
  for (let start = 0; start < bytes.length; start += LARGEST_CHUNK) yield bytes.subarray(start, start + LARGEST_CHUNK)
}

// A put that refuses a request's body must leave the socket alive for the answer, so a stream is never destroyed here.
const iteratorOf = (source: AsyncIterable<unknown, unknown>): AsyncIterator<unknown, unknown> =>
  source instanceof Readable ? source.iterator({ destroyOnReturn: false }) : source[Symbol.asyncIterator]()

/**
 * The source in chunks of at most `LARGEST_CHUNK` bytes, none empty. Ends with `signal.reason` as soon as the signal aborts, also
 * while the source is silent. Chunks are passed on, not copied: a source must not change them afterwards.
 */
export const chunksOf = async function* (
  source: AsyncIterable<Uint8Array> | Uint8Array,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted()
  if (source instanceof Uint8Array) return yield* slices(source)

  const iterator = iteratorOf(source)
  // One listener that rejects the wait of the moment; racing a long-lived promise would gain a reaction for every chunk.
  let interrupt: ((reason: unknown) => void) | undefined
  const onAbort = () => interrupt?.(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  const next = () =>
    new Promise<IteratorResult<unknown, unknown>>((resolve, reject) => {
      interrupt = reject
      iterator.next().then(resolve, reject)
    })

  let ended = false
  try {
    for (;;) {
      signal?.throwIfAborted()
      const result = await next()
      ended = result.done === true
      if (result.done === true) return
      yield* slices(result.value)
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    // Not awaited: a source that is stuck answers only after the wait that was just given up. Its failure comes second to ours.
    if (!ended) iterator.return?.().catch(() => undefined) // see above
  }
}
