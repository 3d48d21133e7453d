import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import type { ByteRange } from '../../platform/blob-store/blob-store.ts'
import { evaluateConditions } from './conditional.ts'
import { contentDisposition, type Disposition } from './content-disposition.ts'
import { httpDate } from './http-date.ts'
import { requestedRange } from './range.ts'

/** What is known of the bytes under a URL before they are read. */
export interface DescribedBlob {
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  readonly contentType: string
  readonly disposition: Disposition
  /** The name to save it under. */
  readonly fileName?: string | undefined
  /** A strong tag with its quotes; `"sha256:<digest>"` unless given. */
  readonly etag?: string | undefined
  readonly lastModified?: Date | undefined
  /** Sent with 200, 206 and 304, such as Cache-Control; names in lower case. */
  readonly extraHeaders?: OutgoingHttpHeaders | undefined
}

export interface BlobAnswer {
  readonly status: 200 | 206 | 304 | 412 | 416
  /** Names in lower case. */
  readonly headers: OutgoingHttpHeaders
  /** The bytes that make the body; undefined: none. */
  readonly body: ByteRange | undefined
}

// Bytes of strangers shown on the registry's own origin: nothing in them may run or load anything.
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

const describing = (blob: DescribedBlob, length: number): OutgoingHttpHeaders => ({
  'content-type': blob.contentType,
  'content-length': length,
  'content-disposition': contentDisposition(blob.disposition, blob.fileName),
  'x-content-type-options': 'nosniff',
  ...(blob.disposition === 'inline' && { 'content-security-policy': SANDBOX }),
})

const common = (blob: DescribedBlob): OutgoingHttpHeaders => {
  const { sha256, lastModified, etag = `"sha256:${sha256}"` } = blob
  const headers: OutgoingHttpHeaders = { etag, 'accept-ranges': 'bytes', ...blob.extraHeaders }
  if (lastModified !== undefined) headers['last-modified'] = httpDate(lastModified)
  return headers
}

/** The answer to a GET that asks for neither a part nor under a condition: it can be kept with the description. */
export const wholeAnswer = (blob: DescribedBlob): BlobAnswer => ({
  status: 200,
  headers: { ...common(blob), ...describing(blob, blob.size) },
  body: blob.size > 0 ? { start: 0, end: blob.size - 1 } : undefined,
})

/** Whether a GET with these headers is answered by `wholeAnswer`. */
export const asksForWhole = (headers: IncomingHttpHeaders): boolean =>
  headers.range === undefined &&
  headers['if-none-match'] === undefined &&
  headers['if-modified-since'] === undefined &&
  headers['if-match'] === undefined &&
  headers['if-unmodified-since'] === undefined

/**
 * Decides how to answer a GET or HEAD for a blob: the conditions first, then the range (RFC 9110 section 13.2.2), which only
 * GET has (section 14.2).
 */
export const blobAnswer = (method: string, request: IncomingHttpHeaders, blob: DescribedBlob): BlobAnswer => {
  const { size, sha256, lastModified, etag = `"sha256:${sha256}"` } = blob
  const current = { etag, lastModified }
  const condition = evaluateConditions(method, request, current)
  if (condition === 'precondition-failed') return { status: 412, headers: { 'content-length': 0 }, body: undefined }

  if (condition === 'not-modified') return { status: 304, headers: common(blob), body: undefined }

  const range = method === 'GET' ? requestedRange(request, size, current) : 'whole'
  if (range === 'unsatisfiable') {
    // Without the extra headers: a cache that is told to keep this might give it to those who ask for the whole.
    const headers = { 'accept-ranges': 'bytes', 'content-range': `bytes */${size}`, 'content-length': 0 }
    return { status: 416, headers, body: undefined }
  }
  if (range === 'whole') {
    const whole = wholeAnswer(blob)
    return method === 'GET' ? whole : { ...whole, body: undefined }
  }
  const headers = { ...common(blob), ...describing(blob, range.end - range.start + 1) }
  headers['content-range'] = `bytes ${range.start}-${range.end}/${size}`
  return { status: 206, headers, body: range }
}
