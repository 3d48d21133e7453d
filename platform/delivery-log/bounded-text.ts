/** Between the values of a column as it is sent, and in the place of one that is null: characters that no text of ours needs. */
export const SEPARATOR = '\x1e'
export const ABSENT = '\x1f'

const CONTROLS = ['\0', SEPARATOR, ABSENT]

const withoutControls = (text: string): string =>
  CONTROLS.reduce((clean, control) => (clean.includes(control) ? clean.replaceAll(control, '\ufffd') : clean), text)

export interface BoundedText {
  readonly text: string
  readonly truncated: boolean
}

/**
 * The first `most` bytes as text that Postgres takes and that has neither `SEPARATOR` nor `ABSENT` in it: what is no UTF-8, NUL,
 * and these two become U+FFFD. A character that the bound cuts in two is left out.
 */
export const boundedText = (content: string | Uint8Array, most: number): BoundedText => {
  // a character has at most three bytes for each unit of its length
  if (typeof content === 'string' && content.length * 3 <= most && content.isWellFormed())
    return { text: withoutControls(content), truncated: false }
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const truncated = bytes.length > most
  const kept = truncated ? bytes.subarray(0, most) : bytes
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(kept, { stream: truncated })
  return { text: withoutControls(text), truncated }
}
