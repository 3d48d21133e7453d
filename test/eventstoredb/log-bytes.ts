import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

const CHUNK = 8 * 1024 * 1024
const HEADER = 16
const CHUNK_STEP = 2 ** 32

/** One append as it was written: its events' records, and the position at which the log goes on after it. */
export interface Written {
  readonly nextPosition: number
  /** The place of the first record. */
  readonly place: number
  /** Bytes of all records. */
  readonly size: number
}

interface Chunk {
  readonly bytes: Buffer
  used: number
  /** How much of it the file has. */
  flushed: number
}

/**
 * The bytes of the log: in memory as chunks, and in an append-only file the same bytes, one frame per append (length,
 * CRC-32, next position). A frame that a kill cut short is dropped whole when the file is opened, so an append is there
 * with all its events or not at all. Without a folder nothing is kept.
 */
export class LogBytes {
  readonly #file: FileHandle | undefined
  readonly #chunks: Chunk[] = []
  /** The first chunk with bytes that the file does not have. */
  #behind = 0

  private constructor(file: FileHandle | undefined) {
    this.#file = file
  }

  /** Opens the log and answers the appends that are in it. */
  static async open(folder: string | undefined): Promise<{ bytes: LogBytes; written: Written[] }> {
    if (folder === undefined) return { bytes: new LogBytes(undefined), written: [] }
    await mkdir(folder, { recursive: true })
    const file = await open(join(folder, 'log'), 'a+')
    const bytes = new LogBytes(file)
    return { bytes, written: await bytes.#load(file) }
  }

  /** Keeps the records of one append in memory; `flush` brings them into the file. */
  add(records: readonly Buffer[], nextPosition: number): Written {
    const size = records.reduce((sum, record) => sum + record.length, 0)
    const chunk = this.#room(HEADER + size)
    const start = chunk.used + HEADER
    let at = start
    for (const record of records) at += record.copy(chunk.bytes, at)
    chunk.bytes.writeUInt32LE(size, chunk.used)
    chunk.bytes.writeDoubleLE(nextPosition, chunk.used + 8)
    chunk.bytes.writeUInt32LE(checksum(chunk.bytes, chunk.used, size), chunk.used + 4)
    chunk.used = at
    return { nextPosition, size, place: (this.#chunks.length - 1) * CHUNK_STEP + start }
  }

  /** The chunk that a place is in, and where. */
  at(place: number): { bytes: Buffer; at: number } {
    const chunk = this.#chunks[Math.floor(place / CHUNK_STEP)]
    if (chunk === undefined) throw new RangeError(`nothing is kept at ${place}`)
    return { bytes: chunk.bytes, at: place % CHUNK_STEP }
  }

  /** Writes to the file what it does not have. It outlives a killed process then, which is what is tested; no fsync. */
  async flush(): Promise<void> {
    for (; this.#behind < this.#chunks.length; this.#behind += 1) {
      const chunk = this.#chunks[this.#behind]
      if (chunk === undefined) return
      while (chunk.flushed < chunk.used) chunk.flushed += await this.#write(chunk.bytes, chunk.flushed, chunk.used)
      if (this.#behind === this.#chunks.length - 1) return
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  async #write(bytes: Buffer, from: number, to: number): Promise<number> {
    if (this.#file === undefined) return to - from
    return (await this.#file.write(bytes, from, to - from)).bytesWritten
  }

  #room(size: number): Chunk {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.used + size <= last.bytes.length) return last
    const chunk = { bytes: Buffer.allocUnsafeSlow(Math.max(CHUNK, size)), used: 0, flushed: 0 }
    this.#chunks.push(chunk)
    return chunk
  }

  async #load(file: FileHandle): Promise<Written[]> {
    const written: Written[] = []
    const { size } = await file.stat()
    let [from, wanted] = [0, CHUNK]
    while (from < size) {
      const bytes = Buffer.allocUnsafeSlow(Math.min(wanted, size - from))
      await readFully(file, bytes, from)
      const used = this.#framesIn(bytes, written)
      if (used > 0) {
        this.#chunks.push({ bytes, used, flushed: used })
        from += used
        wanted = CHUNK
        continue
      }
      // A frame larger than the chunk is read again with room for all of it; what then does not add up was cut short.
      const frame = bytes.length >= HEADER ? HEADER + bytes.readUInt32LE(0) : Infinity
      if (frame <= wanted || frame > size - from) break
      wanted = frame
    }
    await file.truncate(from)
    this.#behind = Math.max(0, this.#chunks.length - 1)
    return written
  }

  /** Notes the whole frames at the start of a chunk and answers how many bytes they take. */
  #framesIn(bytes: Buffer, written: Written[]): number {
    const place = this.#chunks.length * CHUNK_STEP
    let at = 0
    while (at + HEADER <= bytes.length) {
      const size = bytes.readUInt32LE(at)
      if (at + HEADER + size > bytes.length || checksum(bytes, at, size) !== bytes.readUInt32LE(at + 4)) break
      written.push({ nextPosition: bytes.readDoubleLE(at + 8), place: place + at + HEADER, size })
      at += HEADER + size
    }
    return at
  }
}

const checksum = (bytes: Buffer, frame: number, size: number): number =>
  crc32(bytes.subarray(frame + 8, frame + HEADER + size))

const readFully = async (file: FileHandle, into: Buffer, from: number): Promise<void> => {
  let at = 0
  while (at < into.length) {
    const { bytesRead } = await file.read(into, at, into.length - at, from + at)
    if (bytesRead === 0) throw new Error('the log file became shorter while it was read')
    at += bytesRead
  }
}
