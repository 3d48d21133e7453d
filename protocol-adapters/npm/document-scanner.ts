import { GrowingBytes } from './growing-bytes.ts'
import { PublishBodyError } from './publish-body-error.ts'

const TAB = 0x09
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const BACKSLASH = 0x5c
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

export interface ScanLimits {
  /** Bytes of everything that is not the data of an attachment. */
  readonly maxDocumentBytes: number
  readonly maxAttachments: number
  readonly maxDepth: number
}

/**
 * Walks a publish document chunk by chunk and stops where the data of an attachment begins, so that the caller can take
 * it out of the stream. Everything else is collected and given to JSON.parse as a whole, with an empty string where the
 * data was: JSON.parse decides what is valid, the scanner only needs to find its way through what is.
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
        at = this.#passString(chunk, at)
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
      } else this.#step(byte)
    }
    this.#document.append(chunk, collected, at)
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
        return this.#close()
      case COMMA:
        this.#expectKey = this.#containers[this.#depth] === OPEN_OBJECT
    }
  }

  #open(byte: number): void {
    if (this.#depth === this.#limits.maxDepth) throw new PublishBodyError('too-deep')
    this.#depth++
    this.#containers[this.#depth] = byte
    this.#expectKey = byte === OPEN_OBJECT
    if (this.#depth === 2) this.#inAttachments = this.#property === '_attachments' && byte === OPEN_OBJECT
    else if (this.#depth === 3) {
      this.#sawData = false
      this.#field = ''
    }
  }

  #close(): void {
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
