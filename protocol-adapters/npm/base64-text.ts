import { PublishBodyError } from './publish-body-error.ts'

const QUAD = /^[A-Za-z0-9+/]{4}$/
const LAST_QUAD = /^[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)$/
const NOT_BASE64 = /[^A-Za-z0-9+/=]/
const UNFINISHED_ESCAPE = /\\(?:u[0-9a-fA-F]{0,3})?$/

/**
 * Decodes the base64 content of a JSON string that arrives in pieces cut anywhere (RFC 4648 section 4: padded, without
 * line breaks). The bulk is left to Node's decoder, which skips what it does not know: fewer bytes than the characters
 * promise tell that something was skipped. It also takes the URL-safe alphabet, which is looked for.
 */
export class Base64Text {
  /** The last one to four characters are held back, so that padding is only ever met in `end`. */
  #held = ''
  #escape = ''

  /** @throws {PublishBodyError} `invalid-base64` */
  push(piece: string): Buffer {
    const text = this.#unescaped(piece)
    const available = this.#held.length + text.length
    const quads = available > 4 ? Math.ceil(available / 4) - 1 : 0
    if (quads === 0) {
      this.#held += text
      return Buffer.alloc(0)
    }
    const bytes = Buffer.allocUnsafe(quads * 3)
    const fill = this.#held === '' ? 0 : 4 - this.#held.length
    const taken = quads * 4 - this.#held.length
    if (this.#held !== '') {
      const quad = this.#held + text.slice(0, fill)
      if (!QUAD.test(quad)) throw new PublishBodyError('invalid-base64')
      bytes.write(quad, 0, 'base64')
    }
    const start = this.#held === '' ? 0 : 3
    const bulk = text.slice(fill, taken)
    const written = bulk === '' ? 0 : bytes.write(bulk, start, 'base64')
    if (start + written !== bytes.length || bulk.includes('-') || bulk.includes('_')) {
      throw new PublishBodyError('invalid-base64')
    }
    this.#held = text.slice(taken)
    return bytes
  }

  /** @throws {PublishBodyError} `invalid-base64` */
  end(): Buffer {
    if (this.#escape !== '' || (this.#held !== '' && !LAST_QUAD.test(this.#held))) {
      throw new PublishBodyError('invalid-base64')
    }
    return Buffer.from(this.#held, 'base64')
  }

  #unescaped(piece: string): string {
    let text = this.#escape + piece
    if (!text.includes('\\')) return text
    this.#escape = UNFINISHED_ESCAPE.exec(text)?.[0] ?? ''
    text = text.slice(0, text.length - this.#escape.length)
    try {
      text = JSON.parse(`"${text}"`) as string
    } catch (cause) {
      throw new PublishBodyError('invalid-base64', { cause })
    }
    if (NOT_BASE64.test(text)) throw new PublishBodyError('invalid-base64')
    return text
  }
}
