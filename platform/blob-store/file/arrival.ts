import type { IncomingFile } from './incoming-file.ts'

/** The bytes of one put on their way: in memory while they are few, in a file from then on. */
export type Arrival = IncomingFile

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
    publish: async (path) => (file ?? (await spill())).publish(path),
    discard: async () => file?.discard(),
  }
}
