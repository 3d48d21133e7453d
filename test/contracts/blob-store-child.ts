import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'

/** Puts and reads a large blob in a process of its own and prints the most memory that the process ever held. */
const [module = '', argument = '', megabytes = ''] = process.argv.slice(2)
const { openInChild } = (await import(module)) as { openInChild: (argument: string) => Promise<BlobStore> }
const store = await openInChild(argument)

const total = Number(megabytes) * 1_000_000
const noise = randomBytes(65_536)
const chunks = function* () {
  for (let sent = 0; sent < total; sent += noise.length) {
    const chunk = Buffer.from(noise.subarray(0, total - sent))
    chunk.writeDoubleLE(sent)
    yield chunk
  }
}

const blob = await store.put(Readable.from(chunks()))
let read = 0
for await (const chunk of await store.open(blob.digests.sha256)) read += (chunk as Buffer).length
await store.close()

const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1000)
process.stdout.write(JSON.stringify({ written: blob.size, read, peakMegabytes }))
