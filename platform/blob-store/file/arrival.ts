import type { IncomingFile } from './incoming-file.ts'

/** The bytes of one put on their way: in memory while they are few, in a file from then on. */
export interface Arrival extends IncomingFile {
  /** All of them, in a buffer of their own, when no file was made for them: then nothing is there to publish. */
  held(): Uint8Array<ArrayBuffer> | undefined
}

/** What arrives whole within this many bytes is compared with what is there before a file is made for it. */
const HELD_IN_MEMORY = 131_072

export const startArrival = (createFile: () => Promise<IncomingFile>): Arrival => {
  let held: Uint8Array[] = []
  let size = 0
  let file: IncomingFile | undefined

  const spill = async (): Promise<IncomingFile> => {
    file = await createFile()
    const [first] = held
    if (first) await file.write(held.length === 1 ? first : Buffer.concat(held))
    held = []
    return file
  }

  return {
    write: async (chunk) => {
      if (file) return file.write(chunk)
      held.push(chunk)
      size += chunk.length
      if (size > HELD_IN_MEMORY) await spill()
    },
    held: () => {
      if (file) return undefined
      const whole = new Uint8Array(size)
      let filled = 0
      for (const chunk of held) {
        whole.set(chunk, filled)
        filled += chunk.length
      }
      return whole
    },
    publish: async (path) => (file ?? (await spill())).publish(path),
    discard: async () => file?.discard(),
  }
}
