import { withoutNul } from '../database/copy.ts'

export interface BoundedText {
  readonly text: string
  readonly truncated: boolean
}

/**
 * The first `most` bytes as text that Postgres takes: what is no UTF-8, and NUL, become U+FFFD. A character that the bound cuts in
 * two is left out.
 */
export const boundedText = (content: string | Uint8Array, most: number): BoundedText => {
  // a character has at most three bytes for each unit of its length
  if (typeof content === 'string' && content.length * 3 <= most && content.isWellFormed())
    return { text: withoutNul(content), truncated: false }
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const truncated = bytes.length > most
  const kept = truncated ? bytes.subarray(0, most) : bytes
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(kept, { stream: truncated })
  return { text: withoutNul(text), truncated }
}
