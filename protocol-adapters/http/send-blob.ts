import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyBaseLogger, FastifyReply } from 'fastify'
import type { BlobStore, ByteRange } from '../../platform/blob-store/blob-store.ts'
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

/** Passes the chunks on when they are `length` bytes in all: otherwise the client would take the next answer for their rest. */
const exactly = (length: number) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let passed = 0
    for await (const chunk of chunks) {
      passed += chunk.length
      if (passed > length) break
      yield chunk
    }
    if (passed !== length) throw new Error(`a blob gave ${passed} bytes instead of ${length}`)
  }

const sendStream = async (
  response: ServerResponse,
  answer: BlobAnswer,
  stream: Readable,
  already: OutgoingHttpHeaders,
  log: FastifyBaseLogger,
): Promise<void> => {
  if (response.destroyed) {
    stream.destroy()
    return
  }
  response.writeHead(answer.status, { ...already, ...answer.headers })
  try {
    await pipeline(stream, exactly(Number(answer.headers['content-length'])), response)
  } catch (error) {
    // The status is sent: all that is left is to cut the connection, which pipeline did. A client that left needs no word.
    const left = (error as NodeJS.ErrnoException).code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!left) log.error({ err: error }, 'the bytes of a blob broke off')
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
    const stream = await blob.store.open(blob.sha256, answer.body)
    void reply.hijack()
    await sendStream(response, answer, stream, already, request.log)
  }
  return reply
}
