import type { IncomingHttpHeaders } from 'node:http'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import type { BlobAnswer } from './blob-answer.ts'

/** Below this many bytes a second connection costs the client more than it spares us. */
export const SMALLEST_REDIRECTED = 1024 * 1024

/**
 * The client repeats them where it is sent to (RFC 9110 section 15.4), and there they mean something else: the store has tags and
 * dates of its own, a blob may be older than the file that it was put under today.
 */
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'] as const

/**
 * A client that is sent to the same name takes its credentials along whatever the port (npm), some also where one name lies below the
 * other (node-fetch); S3 refuses those beside the ones in its address.
 */
const areRelated = (one: string, other: string): boolean =>
  one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`)

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/**
 * Where the client can fetch the bytes of this answer itself, or undefined when they are to be sent from here: the store has no
 * addresses, they are few, or the client would not get the same answer there.
 * @throws {PlatformError} `unavailable`
 */
export const blobAddress = async (
  request: { readonly headers: IncomingHttpHeaders; readonly hostname: string },
  { status, headers, body }: BlobAnswer,
  { store, sha256 }: { readonly store: BlobStore; readonly sha256: string },
): Promise<string | undefined> => {
  if (store.address === undefined || body === undefined || body.end - body.start + 1 < SMALLEST_REDIRECTED)
    return undefined
  if (CONDITIONS.some((name) => request.headers[name] !== undefined)) return undefined
  // A range that we passed over, such as several at once, a store might serve.
  if ((status === 206) !== (request.headers.range !== undefined)) return undefined

  const contentType = text(headers['content-type'])
  const contentDisposition = text(headers['content-disposition'])
  const cacheControl = text(headers['cache-control'])
  const address = await store.address(sha256, {
    ...(contentType !== undefined && { contentType }),
    ...(contentDisposition !== undefined && { contentDisposition }),
    ...(cacheControl !== undefined && { cacheControl }),
  })
  return areRelated(new URL(address).hostname, request.hostname) ? undefined : address
}
