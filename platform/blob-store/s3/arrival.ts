import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Upload } from './upload.ts'

/** The bytes of one put on their way: in memory while they are few, in an upload from then on. */
export interface Arrival {
  write(chunk: Uint8Array): Promise<void>
  /** What became of them, once they are all there. */
  end(): { readonly held: Uint8Array } | { readonly upload: Upload }
  discard(): Promise<void>
}

/** @param mostHeld Bytes from which on they are uploaded while they arrive. */
export const startArrival = (mostHeld: number, startUpload: () => Promise<Upload>): Arrival => {
  let held: Uint8Array[] = []
  let size = 0
  let upload: Upload | undefined

  const spill = async (): Promise<void> => {
    upload = await startUpload()
    const chunks = held
    held = []
    for (const chunk of chunks) {
      await upload.write(chunk)
      // An upload hashes what it sends: all of this in one turn would keep the event loop for several milliseconds.
      await nextTurn()
    }
  }

  return {
    write: async (chunk) => {
      if (upload) return upload.write(chunk)
      held.push(chunk)
      size += chunk.length
      if (size > mostHeld) await spill()
    },
    end: () => {
      if (upload) return { upload }
      const [first] = held
      return { held: first && held.length === 1 ? first : Buffer.concat(held, size) }
    },
    discard: async () => upload?.discard(),
  }
}
