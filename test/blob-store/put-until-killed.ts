import { randomBytes } from 'node:crypto'
import { openStore } from './file-store.ts'

/**
 * Puts new blobs, some from memory and some as streams, 16 at a time, until it is killed. Prints the sha256 of each blob
 * after its put returned.
 */
const store = await openStore(process.argv[2] ?? '')

const inChunks = async function* (bytes: Buffer) {
  for (let start = 0; start < bytes.length; start += 50_000) {
    yield bytes.subarray(start, start + 50_000)
    await new Promise(setImmediate)
  }
}

const putForEver = async (lane: number): Promise<void> => {
  for (;;) {
    const bytes = randomBytes(lane % 2 ? 3_000 : 400_000)
    const blob = await store.put(lane % 4 ? bytes : inChunks(bytes))
    process.stdout.write(`${blob.digests.sha256}\n`)
  }
}

await Promise.all(Array.from({ length: 16 }, (_, lane) => putForEver(lane)))
