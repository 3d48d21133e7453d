import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { FastifyBaseLogger, FastifyReply } from 'fastify'
import type { BlobStore, ByteRange } from '../../platform/blob-store/blob-store.ts'
import { reusedChunks } from '../../platform/blob-store/reused-chunks.ts'
import { asksForWhole, blobAnswer, type BlobAnswer, type DescribedBlob } from './blob-answer.ts'
import { endTogether } from './end-together.ts'
import { hotBlobsOf, LARGEST_HOT_BLOB } from './hot-blobs.ts'
import { blobAddress } from './redirect-to-blob.ts'

export interface BlobToSend extends DescribedBlob {
  readonly store: BlobStore
  /** Whether clients of this address follow a redirect to where the bytes are. Default: no. */
  readonly mayRedirect?: boolean
}

const part = (bytes: Buffer, { start, end }: ByteRange): Buffer =>
  start === 0 && end === bytes.length - 1 ? bytes : bytes.subarray(start, end + 1)

const sendBytes = (
  response: ServerResponse,
  answer: BlobAnswer,
  bytes: Buffer | undefined,
  already: OutgoingHttpHeaders | undefined,
): void => {
  response.writeHead(answer.status, already === undefined ? answer.headers : { ...already, ...answer.headers })
  endTogether(response, bytes && answer.body && part(bytes, answer.body))
}

class ClientLeft extends Error {}

/** Resolves when the memory of the chunk is free again. A write fails only when the connection is gone, whatever the system calls that. */
const written = (response: ServerResponse, chunk: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    response.write(chunk, (error) => (error ? reject(new ClientLeft(error.message)) : resolve()))
  })

/** Passes the chunks on when they are `length` bytes in all: otherwise the client would take the next answer for their rest. */
const passOn = async (response: ServerResponse, chunks: AsyncIterable<Buffer>, length: number): Promise<void> => {
  const left = Promise.withResolvers<never>()
  left.promise.catch(() => undefined) // awaited beside each write, of which there may be none when the client leaves
  const leave = (): void => left.reject(new ClientLeft('the connection was closed'))
  response.once('close', leave)
  let passed = 0
  for await (const chunk of chunks) {
    passed += chunk.length
    if (passed > length) break
    // a write that waits for the answer before it on the connection is never answered when that breaks off
    await Promise.race([written(response, chunk), left.promise])
  }
  if (passed !== length) throw new Error(`a blob gave ${passed} bytes instead of ${length}`)
  response.off('close', leave)
  response.end()
}

const sendStream = async (
  response: ServerResponse,
  answer: BlobAnswer,
  stream: Readable,
  range: ByteRange,
  already: OutgoingHttpHeaders,
  log: FastifyBaseLogger,
): Promise<void> => {
  if (response.destroyed) {
    stream.destroy()
    return
  }
  response.writeHead(answer.status, { ...already, ...answer.headers })
  try {
    await passOn(response, reusedChunks(stream, range), Number(answer.headers['content-length']))
  } catch (error) {
    // The status is sent: all that is left is to cut the connection. A client that left needs no word.
    response.destroy()
    if (!(error instanceof ClientLeft)) log.error({ err: error }, 'the bytes of a blob broke off')
  }
}

const sendElsewhere = (response: ServerResponse, location: string, already: OutgoingHttpHeaders): void => {
  // Not to be kept: the address is good for some minutes, and only for who was allowed to ask.
  response.writeHead(307, { ...already, location, 'cache-control': 'no-store', 'content-length': 0 })
  response.end()
}

/**
 * Answers at once when that needs no reading, and returns true; else touches nothing and returns false. For requests
 * that the framework never sees. `whole` is what `wholeAnswer` makes of the blob, by a caller that keeps it.
 */
export const sendHotBlob = (
  { method = '', headers }: IncomingMessage,
  response: ServerResponse,
  blob: DescribedBlob & { readonly whole?: BlobAnswer },
  store: BlobStore,
  already?: OutgoingHttpHeaders,
): boolean => {
  const { whole } = blob
  const answer =
    whole !== undefined && method === 'GET' && asksForWhole(headers) ? whole : blobAnswer(method, headers, blob)
  const bytes = answer.body && hotBlobsOf(store).peek(blob.sha256)
  if (answer.body && bytes?.length !== blob.size) return false
  sendBytes(response, answer, bytes, already)
  return true
}

/**
 * Answers a GET or HEAD with a blob: ranges, conditions and all, or by a redirect to it. Headers set on the reply before are sent too; hooks on
 * sending are passed by, because the framework's way of sending costs more than the rest of a small answer. Resolves when
 * the answer is sent or the client has left.
 * @throws {PlatformError} `blob-missing` | `unavailable`, while the caller can still answer otherwise
 */
export const sendBlob = async (reply: FastifyReply, blob: BlobToSend): Promise<FastifyReply> => {
  const { raw: response, request } = reply
  const already = reply.getHeaders() as OutgoingHttpHeaders
  if (sendHotBlob(request.raw, response, blob, blob.store, already)) return reply.hijack()

  const answer = blobAnswer(request.method, request.headers, blob)
  const address = blob.mayRedirect === true ? await blobAddress(request, answer, blob) : undefined
  if (address !== undefined) {
    void reply.hijack()
    sendElsewhere(response, address, already)
  } else if (blob.size <= LARGEST_HOT_BLOB) {
    const bytes = await hotBlobsOf(blob.store).read(blob.sha256, blob.size)
    void reply.hijack()
    sendBytes(response, answer, bytes, already)
  } else {
    const range = answer.body ?? { start: 0, end: blob.size - 1 }
    const stream = await blob.store.open(blob.sha256, answer.body)
    void reply.hijack()
    await sendStream(response, answer, stream, range, already, request.log)
  }
  return reply
}
