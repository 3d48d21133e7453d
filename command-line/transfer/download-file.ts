import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '../failure.ts'
import { placeText } from '../place.ts'
import type { ServerClient } from '../server-client.ts'
import { bytesFrom } from './download-bytes.ts'
import type { FileToDownload } from './files-to-download.ts'
import { sha256Of } from './sha256.ts'

export interface DownloadOptions {
  readonly signal: AbortSignal
  /** Told of bytes as they arrive, and of those that were here already. */
  readonly read: (bytes: number) => void
}

export interface Downloaded {
  /** `project/repository/path`. */
  readonly place: string
  readonly file: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  /** It was here already, with these bytes. */
  readonly unchanged: boolean
}

const wrongBytes = ({ place, sha256 }: FileToDownload, found: string): Failure =>
  new Failure(
    'digest-mismatch',
    `the bytes of ${placeText(place)} arrived with sha256 ${found}, but the server has ${sha256}`,
  )

const sizeOf = async (file: string): Promise<number | undefined> => {
  const found = await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  return found?.isFile() === true ? found.size : undefined
}

/** Fills the hash with what an earlier call left; resolves with how much that is. */
const takeOver = async (part: string, size: number, hash: Hash, { signal, read }: DownloadOptions): Promise<number> => {
  const left = (await sizeOf(part)) ?? 0
  if (left === 0 || left > size) return 0
  for await (const chunk of createReadStream(part, { signal }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    read(chunk.length)
  }
  return left
}

const fill = async (
  client: ServerClient,
  file: FileToDownload,
  { handle, from, hash }: { readonly handle: FileHandle; readonly from: number; readonly hash: Hash },
  { signal, read }: DownloadOptions,
): Promise<void> => {
  let offset = from
  for await (const chunk of bytesFrom(client, file, from, signal)) {
    hash.update(chunk)
    await handle.write(chunk, 0, chunk.length, offset)
    offset += chunk.length
    read(chunk.length)
  }
  await handle.truncate(file.size)
  await handle.sync()
}

/**
 * Fetches a file. Until it is whole and its digest is the server's it lies beside its name, under one that has the digest; what an
 * interrupted call left there is not fetched again.
 */
export const downloadFile = async (
  client: ServerClient,
  file: FileToDownload,
  options: DownloadOptions,
): Promise<Downloaded> => {
  const { target, size, sha256, place } = file
  const done = (unchanged: boolean): Downloaded => ({ place: placeText(place), file: target, size, sha256, unchanged })
  if ((await sizeOf(target)) === size && (await sha256Of(target, options.signal, () => undefined)) === sha256) {
    options.read(size)
    return done(true)
  }
  await mkdir(dirname(target), { recursive: true })
  const part = `${target}.${sha256.slice(0, 16)}.part`
  const hash = createHash('sha256')
  const from = await takeOver(part, size, hash, options)
  const handle = await open(part, from === 0 ? 'w' : 'r+')
  try {
    await fill(client, file, { handle, from, hash }, options)
  } finally {
    await handle.close()
  }
  const found = hash.digest('hex')
  if (found !== sha256) {
    await rm(part, { force: true })
    throw wrongBytes(file, found)
  }
  await rename(part, target)
  return done(false)
}

/** Fetches a file to where it is read at once; that its digest is wrong is known only at the end. */
export const downloadTo = async (
  client: ServerClient,
  file: FileToDownload,
  write: (bytes: Buffer) => Promise<void>,
  { signal, read }: DownloadOptions,
): Promise<void> => {
  const hash = createHash('sha256')
  for await (const chunk of bytesFrom(client, file, 0, signal)) {
    hash.update(chunk)
    await write(chunk)
    read(chunk.length)
  }
  const found = hash.digest('hex')
  if (found !== file.sha256) throw wrongBytes(file, found)
}
