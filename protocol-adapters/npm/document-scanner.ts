import { GrowingBytes } from './growing-bytes.ts'
import { BACKSLASH, CARRIAGE_RETURN, CLOSE_ARRAY, CLOSE_OBJECT, COMMA, LINE_FEED } from './json-bytes.ts'
import { OPEN_ARRAY, OPEN_OBJECT, QUOTE, SPACE, TAB } from './json-bytes.ts'
import { PublishBodyError } from './publish-body-error.ts'

export interface ScanLimits {
  /** Bytes of everything that is not the data of an attachment. */
  readonly maxDocumentBytes: number
  readonly maxAttachments: number
  readonly maxDepth: number
  /** Bytes of the document after which later manifests are kept only as far as their deprecation. */
  readonly maxWholeBytes: number
}

/** What is kept of a later manifest. */
const DEPRECATED = 'deprecated'
const DEPRECATED_MEMBER = Buffer.from(`"${DEPRECATED}"`)
const NEXT_DEPRECATED_MEMBER = Buffer.from(`,"${DEPRECATED}"`)
/** Longer than the key can be with every character escaped. */
const LONGEST_KEY = 80

/**
 * Walks a publish document chunk by chunk and stops where the data of an attachment begins, so that the caller can take
 * it out of the stream. Everything else is collected and given to JSON.parse as a whole, with an empty string where the
 * data was: JSON.parse decides what is valid, the scanner only needs to find its way through what is.
 *
 * A packument that is sent back can be 50 MB, which would stop everybody else while it is parsed. What a client can mean by
 * it lies outside of its manifests but for their deprecations: past the first megabyte nothing else of them is collected.
 * The first manifest always is, because a publish has one.
 */
export class DocumentScanner {
  /** Set when `scan` stopped right after the opening quote of this attachment's data. */
  attachment: string | undefined = undefined

  readonly #document: GrowingBytes
  readonly #limits: ScanLimits
  readonly #containers: Uint8Array
  readonly #names = new Set<string>()
  #depth = 0
  #ended = false
  #inString = false
  #escaped = false
  #expectKey = false
  #keyStart = -1
  #sawAttachments = false
  #sawData = false
  /** The last key at depths 1, 2 and 3; the latter two are kept inside `_attachments` only. */
  #property = ''
  #name = ''
  #field = ''
  #inAttachments = false
  #inVersions = false
  #manifests = 0
  /** Inside a manifest of which only the deprecation is kept. */
  #inLater = false
  /** Nothing is collected at the moment. */
  #skipping = false
  #keptDeprecation = false
  /** The key that is being read while nothing is collected. */
  #laterKey: string | undefined = undefined

  constructor(limits: ScanLimits) {
    this.#limits = limits
    this.#document = new GrowingBytes(limits.maxDocumentBytes)
    this.#containers = new Uint8Array(limits.maxDepth + 1)
  }

  /**
   * Scans from `from` to the end of the chunk or to the data of an attachment, and returns where it stopped. After an
   * attachment the next scan starts at the closing quote of its data, or at its first byte to keep it in the document.
   */
  scan(chunk: Buffer, from: number): number {
    this.attachment = undefined
    let collected = from
    let at = from
    while (at < chunk.length) {
      if (this.#inString) {
        const start = at
        at = this.#passString(chunk, at)
        if (this.#laterKey !== undefined) {
          if (this.#laterKey.length < LONGEST_KEY) this.#laterKey += chunk.toString('latin1', start, at)
          if (!this.#inString && this.#endLaterKey(this.#laterKey)) collected = at
          continue
        }
        if (this.#inString || this.#keyStart < 0) continue
        this.#document.append(chunk, collected, at)
        collected = at
        this.#endKey()
        continue
      }
      const byte = chunk[at++] ?? 0
      if (byte === QUOTE) {
        const isData = this.#openString()
        if (!isData && this.#keyStart < 0) continue
        this.#document.append(chunk, collected, at)
        collected = at
        if (isData) {
          this.attachment = this.#name
          return at
        }
        this.#keyStart = this.#document.length
        continue
      }
      const skipped = this.#skipping
      this.#step(byte)
      if (this.#skipping === skipped) continue
      if (this.#skipping) this.#document.append(chunk, collected, byte === COMMA ? at - 1 : at)
      else collected = at - 1
    }
    if (!this.#skipping) this.#document.append(chunk, collected, at)
    return at
  }

  /** @throws {PublishBodyError} `body-truncated` | `invalid-utf8` | `invalid-json` */
  finish(): Record<string, unknown> {
    if (!this.#ended) throw new PublishBodyError('body-truncated')
    const text = this.#document.text()
    try {
      return JSON.parse(text) as Record<string, unknown>
    } catch (cause) {
      throw new PublishBodyError('invalid-json', { cause })
    }
  }

  #passString(chunk: Buffer, from: number): number {
    let at = from
    let escaped = this.#escaped
    while (at < chunk.length) {
      const byte = chunk[at++]
      if (escaped) escaped = false
      else if (byte === BACKSLASH) escaped = true
      else if (byte === QUOTE) {
        this.#inString = false
        break
      }
    }
    this.#escaped = escaped
    return at
  }

  /** Tells whether the string that opens here is the data of an attachment. A key of interest sets `#keyStart` to 0. */
  #openString(): boolean {
    if (this.#depth === 0) this.#outside()
    this.#inString = true
    if (this.#expectKey) {
      this.#expectKey = false
      if (this.#depth === 1 || (this.#inAttachments && this.#depth <= 3)) this.#keyStart = 0
      else if (this.#skipping && this.#depth === 3) this.#laterKey = ''
      return false
    }
    const isData = this.#inAttachments && this.#depth === 3 && this.#field === 'data'
    if (isData) this.#field = ''
    return isData
  }

  #endKey(): void {
    const key = unescaped(this.#document.slice(this.#keyStart, this.#document.length - 1))
    this.#keyStart = -1
    if (this.#depth === 1) {
      this.#property = key
      if (key !== '_attachments') return
      if (this.#sawAttachments) throw new PublishBodyError('duplicate-attachment')
      this.#sawAttachments = true
    } else if (this.#depth === 2) {
      if (this.#names.has(key)) throw new PublishBodyError('duplicate-attachment')
      if (this.#names.size === this.#limits.maxAttachments) throw new PublishBodyError('too-many-attachments')
      this.#names.add(key)
      this.#name = key
    } else {
      this.#field = key
      if (key !== 'data') return
      if (this.#sawData) throw new PublishBodyError('duplicate-attachment')
      this.#sawData = true
    }
  }

  /** True when what follows is to be collected; `key` has its closing quote. */
  #endLaterKey(key: string): boolean {
    this.#laterKey = undefined
    if (unescaped(key.slice(0, -1)) !== DEPRECATED) return false
    const member = this.#keptDeprecation ? NEXT_DEPRECATED_MEMBER : DEPRECATED_MEMBER
    this.#document.append(member, 0, member.length)
    this.#keptDeprecation = true
    this.#skipping = false
    return true
  }

  #step(byte: number): void {
    if (this.#depth === 0 && (this.#ended || byte !== OPEN_OBJECT)) {
      if (byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB) return
      this.#outside()
    }
    switch (byte) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        return this.#open(byte)
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        return this.#close(byte)
      case COMMA:
        this.#expectKey = this.#containers[this.#depth] === OPEN_OBJECT
        if (this.#inLater && this.#depth === 3) this.#skipping = true
    }
  }

  #open(byte: number): void {
    if (this.#depth === this.#limits.maxDepth) throw new PublishBodyError('too-deep')
    this.#depth++
    this.#containers[this.#depth] = byte
    this.#expectKey = byte === OPEN_OBJECT
    if (this.#depth === 2) {
      this.#inAttachments = this.#property === '_attachments' && byte === OPEN_OBJECT
      this.#inVersions = this.#property === 'versions' && byte === OPEN_OBJECT
    } else if (this.#depth === 3) {
      this.#sawData = false
      this.#field = ''
      if (this.#inVersions && byte === OPEN_OBJECT) this.#openManifest()
    }
  }

  #openManifest(): void {
    this.#manifests++
    if (this.#manifests === 1 || this.#document.length < this.#limits.maxWholeBytes) return
    this.#inLater = true
    this.#skipping = true
    this.#keptDeprecation = false
  }

  #close(byte: number): void {
    // JSON.parse sees the rest; what is not collected must close as it opened, or all that follows is read at another depth
    const opened = byte === CLOSE_OBJECT ? OPEN_OBJECT : OPEN_ARRAY
    if (this.#inLater && this.#containers[this.#depth] !== opened) throw new PublishBodyError('invalid-json')
    if (this.#inLater && this.#depth === 3) {
      this.#inLater = false
      this.#skipping = false
    }
    this.#depth--
    this.#expectKey = false
    if (this.#depth === 0) this.#ended = true
  }

  #outside(): never {
    throw new PublishBodyError(this.#ended ? 'invalid-json' : 'not-an-object')
  }
}

/** A key with an escape that JSON does not know is given back as it is: JSON.parse will refuse the document. */
const unescaped = (key: string): string => {
  if (!key.includes('\\')) return key
  try {
    return JSON.parse(`"${key}"`) as string
  } catch {
    return key
  }
}
