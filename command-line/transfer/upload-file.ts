import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../failure.ts'
import { fileAddress, placeText } from '../place.ts'
import type { ServerClient } from '../server-client.ts'
import type { FileToUpload } from './files-to-upload.ts'
import { sha256Of } from './sha256.ts'

export interface UploadOptions {
  readonly createOnly: boolean
  readonly contentType: string | undefined
  readonly signal: AbortSignal
  /** Told of bytes as they are read: each twice, once for the digest and once for sending. */
  readonly read: (bytes: number) => void
}

export interface Uploaded {
  readonly file: string
  /** `project/repository/path`. */
  readonly place: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  /** Null: the answer was lost, and the server was found to have the file. */
  readonly position: string | null
}

const TRIES = 4
/** The server may have carried it out, or will when it is asked again. */
const WORTH_ANOTHER = new Set(['connection-lost', 'unknown-outcome', 'unavailable', 'timeout'])

const bytesOf = ({ file, size }: FileToUpload, read: (bytes: number) => void): Readable => {
  if (size === 0) return Readable.from([])
  // no more than was announced, in case the file grows; one that shrinks does not have its digest any more
  const bytes = createReadStream(file, { end: size - 1, highWaterMark: 256 * 1024 })
  let sent = 0
  bytes.on('data', (chunk) => {
    sent += chunk.length
    read(chunk.length)
  })
  bytes.on('end', () => {
    if (sent < size) bytes.destroy(new Failure('failed', `${file} changed while it was read`))
  })
  return bytes
}

const put = async (
  client: ServerClient,
  upload: FileToUpload,
  sha256: string,
  { createOnly, contentType, read }: UploadOptions,
): Promise<string | null> => {
  const { headers, body } = await client.send({
    method: 'PUT',
    address: fileAddress(upload.place),
    headers: {
      accept: 'application/json',
      'content-length': upload.size,
      'content-type': contentType ?? 'application/octet-stream',
      'x-checksum-sha256': sha256,
      ...(createOnly ? { 'if-none-match': '*' } : {}),
    },
    body: () => bytesOf(upload, read),
  })
  body.resume()
  const kept = headers['x-checksum-sha256']
  if (kept !== sha256)
    throw new Failure(
      'digest-mismatch',
      `the server kept ${upload.file} with sha256 ${String(kept)}, but it has ${sha256}`,
    )
  const position = headers['waybill-position']
  return typeof position === 'string' ? position : null
}

/** Whether the file is there with these bytes: so it is asked after a lost answer, because a repeat could be refused. */
const isThere = async (client: ServerClient, { place }: FileToUpload, sha256: string): Promise<boolean> => {
  try {
    const { headers, body } = await client.send({ method: 'HEAD', address: fileAddress(place), repeatable: true })
    body.resume()
    return headers['x-checksum-sha256'] === sha256
  } catch (error) {
    if (error instanceof Failure && error.code === 'not-found') return false
    throw error
  }
}

/**
 * Sends a file with its digest, by which the server checks what it received, and checks the server's answer. Broken connections
 * are tried again.
 */
export const uploadFile = async (
  client: ServerClient,
  upload: FileToUpload,
  options: UploadOptions,
): Promise<Uploaded> => {
  const { file, size, place } = upload
  const sha256 = await sha256Of(file, options.signal, options.read)
  const done = (position: string | null): Uploaded => ({ file, place: placeText(place), size, sha256, position })
  for (let tries = 1; ; tries++) {
    try {
      return done(await put(client, upload, sha256, options))
    } catch (error) {
      if (!(error instanceof Failure) || !WORTH_ANOTHER.has(error.code) || tries === TRIES) throw error
      await wait(500 * 2 ** tries, undefined, { signal: options.signal })
      if (await isThere(client, upload, sha256)) return done(null)
    }
  }
}
