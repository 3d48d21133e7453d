import { DomainError } from '../../domain/errors.ts'

export const MOST_URL_CHARACTERS = 2048

export interface WebhookUrl {
  /** As it is written once. */
  readonly url: string
  /** Scheme, host and port. */
  readonly origin: string
}

// the text itself is in no sentence: it may hold a token, and refusals are logged
const refuse = (reason: string): never => {
  throw new DomainError('invalid-input', `url ${reason}.`)
}

/**
 * The address of a receiver. Whether it lies in a network that may be reached is told when something is sent there, because
 * names come to stand for other addresses, and operators change what they allow.
 * @throws {DomainError} `invalid-input`
 */
export const webhookUrl = (text: string): WebhookUrl => {
  // the parser would drop white space and mend what follows the scheme in silence
  if (/[\s\p{Cc}\\]/u.test(text)) refuse('holds white space, a control character or a backslash')
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) refuse('is not an address like https://example.com/hook')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') refuse('holds a user name or password: send a header instead')
  if (text.includes('#')) refuse('holds a fragment (#...), which is never sent')
  if (url.href.length > MOST_URL_CHARACTERS) refuse(`is longer than ${MOST_URL_CHARACTERS} characters`)
  return { url: url.href, origin: url.origin }
}
