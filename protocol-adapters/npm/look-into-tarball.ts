import { inflateAtOnce, startInflation, type Inflation } from './inflate.ts'
import type { TarballContents } from './manifest-fragment.ts'
import { TarNames } from './tar-names.ts'

/** Looking further into what may be made to have no end is given up; nothing is said of it then. */
const MOST_UNPACKED_BYTES = 1024 * 1024 * 1024

/** Held until all of it is there: handing so little to a thread and back costs more than to unpack it. */
const SMALL_BYTES = 64 * 1024

export interface LookedInto {
  /** The same bytes. */
  readonly bytes: AsyncIterable<Buffer>
  /** Once the bytes were read: what is in the tarball, or undefined when it cannot be told. Never rejects. */
  readonly contents: () => Promise<TarballContents | undefined>
}

/**
 * What the public registry knows of a tarball because it looks into it: installing clients read a shrinkwrap only where the
 * manifest says that there is one. Whether it is a tarball at all is for those who install it.
 */
export const lookInto = (source: AsyncIterable<Buffer>): LookedInto => {
  const names = new TarNames()
  let held: Buffer[] = []
  let heldBytes = 0
  let inflation: Inflation | undefined

  const inflateHeld = async (): Promise<Inflation> => {
    const started = startInflation(MOST_UNPACKED_BYTES, (piece) => names.push(piece))
    inflation = started
    for (const chunk of held) await started.write(chunk)
    held = []
    return started
  }

  const take = async (chunk: Buffer): Promise<void> => {
    if (inflation !== undefined) return inflation.write(chunk)
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes > SMALL_BYTES) await inflateHeld()
  }

  async function* through(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source) {
        await take(chunk)
        yield chunk
      }
    } finally {
      inflation?.end()
    }
  }

  const wasWhole = async (): Promise<boolean> => {
    if (inflation !== undefined) return inflation.whole
    const unpacked = inflateAtOnce(held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held))
    if (unpacked === 'damaged') return false
    if (unpacked !== 'large') {
      names.push(unpacked)
      return true
    }
    const started = await inflateHeld()
    started.end()
    return started.whole
  }

  return {
    bytes: through(),
    contents: async () => {
      const whole = await wasWhole()
      const { fileCount, unpackedSize, hasShrinkwrap } = names
      return whole && fileCount > 0 ? { fileCount, unpackedSize, hasShrinkwrap } : undefined
    },
  }
}
