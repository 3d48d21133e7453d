/** What an Authorization header holds. */
export type Credentials =
  | { readonly kind: 'token'; readonly secret: string }
  | { readonly kind: 'password'; readonly login: string; readonly password: string }

/** The form of every secret that CreateToken gives out. */
const TOKEN = /^wbt_[\w-]{43}$/

export const tokenCredentials = (secret: string): Credentials | undefined =>
  TOKEN.test(secret) ? { kind: 'token', secret } : undefined

const fromBasic = (encoded: string): Credentials | undefined => {
  const text = Buffer.from(encoded, 'base64').toString()
  const colon = text.indexOf(':')
  if (colon < 0) return undefined
  const password = text.slice(colon + 1)
  // Clients that only know passwords send tokens as one, with whatever user name (`__token__` of twine, a login of docker).
  return tokenCredentials(password) ?? { kind: 'password', login: text.slice(0, colon), password }
}

/**
 * Reads `Bearer <token>` (RFC 6750 section 2.1) and `Basic <base64 of user:password>` (RFC 7617, UTF-8); undefined for anything
 * else, of which nothing can be checked.
 */
export const credentialsIn = (authorization: string): Credentials | undefined => {
  const space = authorization.indexOf(' ')
  const scheme = authorization.slice(0, space).toLowerCase()
  const rest = authorization.slice(space + 1).trim()
  if (scheme === 'bearer') return tokenCredentials(rest)
  return scheme === 'basic' ? fromBasic(rest) : undefined
}
