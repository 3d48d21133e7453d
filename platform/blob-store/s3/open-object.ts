import { Readable } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { PlatformError } from '../../platform-error.ts'
import { blobMissing, isRange, rangeOutside } from '../blob-name.ts'
import type { ByteRange } from '../blob-store.ts'
import type { S3Connection } from './connection.ts'
import { statusOf, unlessMissing } from './s3-failure.ts'

/** Bytes kept for a reader that is slower than the server, beside what the sockets hold. */
const READ_AHEAD = 262_144

const brokeOff = (received: number, length: number, cause?: unknown): PlatformError =>
  new PlatformError('unavailable', `a blob broke off after ${received} of ${length} bytes`, { cause })

/**
 * The body as a stream that ends only after `length` bytes: what the connection loses is an error, not a short success. The server
 * may be silent for `idleMs` while bytes are wanted; how long the reader takes does not count.
 */
const wholeBody = (body: IncomingMessage, length: number, idleMs: number): Readable => {
  let received = 0
  let wanted = true
  const silence = setTimeout(() => {
    if (wanted) body.destroy(new Error(`no byte came within ${idleMs} ms`))
  }, idleMs)
  const stream = new Readable({
    highWaterMark: READ_AHEAD,
    read: () => {
      wanted = true
      silence.refresh()
      body.resume()
    },
    destroy: (error, done) => {
      clearTimeout(silence)
      body.destroy()
      done(error)
    },
  })
  body.on('data', (chunk: Buffer) => {
    received += chunk.length
    wanted = stream.push(chunk)
    if (wanted) silence.refresh()
    else body.pause()
  })
  body.once('end', () => {
    wanted = false
    if (received === length) stream.push(null)
    else stream.destroy(brokeOff(received, length))
  })
  body.on('error', (error) => stream.destroy(brokeOff(received, length, error)))
  return stream
}

/**
 * The object, or the range of it, as a stream that lets go of its connection when it is destroyed.
 * @throws {PlatformError} `blob-missing` | `unavailable`
 * @throws {RangeError} the range does not lie within the object
 */
export const openObject = async (
  { downloads, bucket }: S3Connection,
  { key, sha256, range, idleMs }: { key: string; sha256: string; range?: ByteRange | undefined; idleMs: number },
): Promise<Readable> => {
  if (range && !isRange(range)) throw rangeOutside(range)
  const Range = range && `bytes=${range.start}-${range.end}`
  const command = new GetObjectCommand({ Bucket: bucket, Key: key, ...(Range !== undefined && { Range }) })
  const found = await unlessMissing(downloads.send(command)).catch((error: unknown) => {
    if (range && statusOf((error as PlatformError).cause) === 416) throw rangeOutside(range)
    throw error
  })
  if (found === undefined) throw blobMissing(sha256)
  const body = found.Body as IncomingMessage & typeof found.Body
  const { ContentLength: length = 0 } = found
  // A server answers with as much of the range as there is (RFC 9110, section 14.2).
  if (range && length !== range.end - range.start + 1) {
    body.destroy()
    throw rangeOutside(range)
  }
  return wholeBody(body, length, idleMs)
}
