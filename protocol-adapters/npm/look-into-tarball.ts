import { once } from 'node:events'
import { createGunzip } from 'node:zlib'
import type { TarballContents } from './manifest-fragment.ts'
import { TarNames } from './tar-names.ts'

/** Looking further into what may be made to have no end is given up; nothing is said of it then. */
const MOST_UNPACKED_BYTES = 1024 * 1024 * 1024

export interface LookedInto {
  /** The same bytes. */
  readonly bytes: AsyncIterable<Buffer>
  /** Once the bytes were read: what is in the tarball, or undefined when it cannot be told. Never rejects. */
  readonly contents: () => Promise<TarballContents | undefined>
}

/**
 * What the public registry knows of a tarball because it looks into it: installing clients read a shrinkwrap only where the
 * manifest says that there is one. Decompression is off the event loop, and slows the upload down where it is the slower one.
 */
export const lookInto = (source: AsyncIterable<Buffer>): LookedInto => {
  const names = new TarNames()
  const gunzip = createGunzip()
  let unpacked = 0
  let failed = false
  gunzip.on('data', (piece: Buffer) => {
    unpacked += piece.length
    if (unpacked > MOST_UNPACKED_BYTES) gunzip.destroy(new Error('too large to look into'))
    else names.push(piece)
  })
  // whether it is a tarball at all is for those who install it
  gunzip.on('error', () => (failed = true))
  const closed = once(gunzip, 'close').catch(() => undefined) // noted above

  async function* through(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source) {
        if (!failed && !gunzip.write(chunk)) await Promise.race([once(gunzip, 'drain').catch(() => undefined), closed])
        yield chunk
      }
    } finally {
      gunzip.end()
    }
  }

  return {
    bytes: through(),
    contents: async () => {
      await closed
      const { fileCount, unpackedSize, hasShrinkwrap } = names
      return failed || fileCount === 0 ? undefined : { fileCount, unpackedSize, hasShrinkwrap }
    },
  }
}
