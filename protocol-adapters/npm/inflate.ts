import { once } from 'node:events'
import { createGunzip, gunzipSync } from 'node:zlib'

/** Beyond this it costs more than a moment of the event loop, and is done by a thread. */
const MOST_AT_ONCE_BYTES = 256 * 1024

/** What gzip data holds, passed on piece by piece. */
export interface Inflation {
  /** Resolves when more may come. After a failure it does nothing. */
  write(chunk: Buffer): Promise<void>
  end(): void
  /** Once it has ended: whether all of it could be read. Never rejects. */
  readonly whole: Promise<boolean>
}

/** Off the event loop; slows whoever writes down where it is the slower one. Given up after `most` unpacked bytes. */
export const startInflation = (most: number, take: (piece: Buffer) => void): Inflation => {
  const gunzip = createGunzip()
  let unpacked = 0
  let failed = false
  gunzip.on('data', (piece: Buffer) => {
    unpacked += piece.length
    if (unpacked > most) gunzip.destroy(new Error('too large to look into'))
    else take(piece)
  })
  gunzip.on('error', () => (failed = true))
  const closed = once(gunzip, 'close').catch(() => undefined) // noted above
  return {
    async write(chunk) {
      if (!failed && !gunzip.write(chunk)) await Promise.race([once(gunzip, 'drain').catch(() => undefined), closed])
    },
    end: () => gunzip.end(),
    whole: closed.then(() => !failed),
  }
}

/** In one go: the bytes, `damaged`, or `large` when there are more than is done at once. */
export const inflateAtOnce = (compressed: Buffer): Buffer | 'damaged' | 'large' => {
  try {
    return gunzipSync(compressed, { maxOutputLength: MOST_AT_ONCE_BYTES })
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'large' : 'damaged'
  }
}
