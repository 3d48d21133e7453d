import { Readable } from 'node:stream'
import { AttachmentReader } from './attachment-reader.ts'
import { BodyCursor } from './body-cursor.ts'
import { DocumentScanner, type ScanLimits } from './document-scanner.ts'
import { PublishBodyError } from './publish-body-error.ts'

export interface PublishBodyOptions<T> extends Partial<ScanLimits> {
  /**
   * Takes the decoded bytes of one attachment; while it does not ask for more, no more of the body is read. What it
   * leaves unread is read over. Called while the document is still arriving: what it stores may yet be refused.
   */
  readonly onAttachment: (name: string, bytes: AsyncIterable<Buffer>) => Promise<T>
}

export interface PublishedAttachment<T> {
  /** What `onAttachment` made of it. */
  readonly stored: T
  /** Bytes after decoding. */
  readonly size: number
  readonly contentType: string | undefined
}

export interface PublishBody<T> {
  /**
   * The document without `_attachments`. Not validated beyond being a JSON object. Past its first megabyte, manifests after
   * the first hold nothing but `deprecated`.
   */
  readonly document: Record<string, unknown>
  /** By name. Attachments without data (CouchDB stubs, as in a packument that is sent back) are left out. */
  readonly attachments: ReadonlyMap<string, PublishedAttachment<T>>
}

type Kept<T> = Pick<PublishedAttachment<T>, 'stored' | 'size'>

/**
 * The largest packuments of real packages are about 50 MB, of which less than one is left without their manifests; no
 * publish document without its tarball is near 8.
 */
const DEFAULT_LIMITS: ScanLimits = {
  maxDocumentBytes: 8 * 1024 * 1024,
  maxWholeBytes: 1024 * 1024,
  maxAttachments: 8,
  maxDepth: 128,
}

/**
 * Reads the document of `PUT /{package}` (npm's publish, deprecate, star) in one pass over the body: base64 data of
 * attachments is decoded as it arrives and never collected. Keys may come in any order, chunks may be cut anywhere.
 * The `.sigstore` attachment of the npm client is plain JSON text rather than base64; it is told by its first character
 * and handed out once the document is complete.
 * On failure the body is left where reading stopped; the caller answers first and then ends the request.
 * @throws {PublishBodyError} when the document is at fault; else what the body or `onAttachment` threw
 */
export const parsePublishBody = async <T>(
  body: AsyncIterable<Uint8Array>,
  options: PublishBodyOptions<T>,
): Promise<PublishBody<T>> => {
  const cursor = new BodyCursor(body)
  const scanner = new DocumentScanner({ ...DEFAULT_LIMITS, ...options })
  const kept = new Map<string, Kept<T>>()
  try {
    while (await cursor.more()) {
      cursor.at = scanner.scan(cursor.chunk, cursor.at)
      const name = scanner.attachment
      if (name === undefined || (await isPlainText(cursor, name))) continue
      kept.set(name, await keep(name, cursor, options))
    }
    const { _attachments: attachments = {}, ...document } = scanner.finish()
    return { document, attachments: await attachmentsOf(attachments, kept, options) }
  } finally {
    cursor.release()
  }
}

const isPlainText = async (cursor: BodyCursor, name: string): Promise<boolean> =>
  !name.endsWith('.tgz') && (await cursor.more()) && cursor.chunk[cursor.at] === 0x7b

const keep = async <T>(name: string, cursor: BodyCursor, options: PublishBodyOptions<T>): Promise<Kept<T>> => {
  const reader = new AttachmentReader(cursor)
  let stored
  try {
    stored = await options.onAttachment(name, reader.bytes())
  } catch (error) {
    throw reader.failure ?? error
  }
  await reader.drain()
  return { stored, size: reader.size }
}

const attachmentsOf = async <T>(
  attachments: unknown,
  kept: ReadonlyMap<string, Kept<T>>,
  options: PublishBodyOptions<T>,
): Promise<ReadonlyMap<string, PublishedAttachment<T>>> => {
  const found = new Map<string, PublishedAttachment<T>>()
  if (attachments === null) return found
  if (!isObject(attachments)) throw new PublishBodyError('invalid-attachment')
  for (const [name, attachment] of Object.entries(attachments)) {
    if (!isObject(attachment)) throw new PublishBodyError('invalid-attachment')
    const { data, length, content_type: type } = attachment
    const contentType = typeof type === 'string' ? type : undefined
    const decoded = kept.get(name)
    if (decoded !== undefined) {
      if (typeof length === 'number' && length !== decoded.size) throw new PublishBodyError('length-mismatch')
      found.set(name, { ...decoded, contentType })
    } else if (typeof data === 'string') {
      // The client counts the UTF-16 units of this text as its length, so there is nothing to compare bytes with.
      const bytes = Buffer.from(data, 'utf8')
      found.set(name, {
        stored: await options.onAttachment(name, Readable.from([bytes])),
        size: bytes.length,
        contentType,
      })
    } else if (data !== undefined) throw new PublishBodyError('invalid-attachment')
  }
  return found
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
