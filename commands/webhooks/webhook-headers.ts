import { Type, type Static } from 'typebox'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Optional } from '../../domain/names.ts'
import type { WebhookHeader } from '../../platform/vault/vault.ts'

const MOST_CHARACTERS = 16_384

const HeaderValue = Type.String({ maxLength: 4096 })

export const WebhookHeaders = Type.Record(
  Type.String({ pattern: '^[\\s\\S]{1,100}$' }),
  Type.Union([HeaderValue, Closed({ value: HeaderValue, secret: Optional(Type.Boolean()) })]),
  {
    maxProperties: 20,
    additionalProperties: false,
    description:
      '{ "X-Team": "build", "X-Token": { "value": "...", "secret": true } }, the values of secret ones are never shown',
  },
)

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Visible characters with blanks between them: others are read differently by different receivers (RFC 9110 section 5.5). */
const VALUE = /^([\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?)?$/

/** What the delivery itself or its connection says (RFC 9110 sections 7.6.1 and 10.1.1). */
const OURS = new Set([
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'connection',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])
const OUR_PREFIXES = ['webhook-', 'ce-']

/** Credentials whatever somebody says of them. */
const ALWAYS_SECRET = new Set(['authorization', 'cookie'])

const refuse = (detail: string): never => {
  throw new DomainError('invalid-input', detail)
}

const checkName = (name: string): void => {
  const lower = name.toLowerCase()
  if (!TOKEN.test(name)) refuse(`headers has the name ${JSON.stringify(name)}, which is not a name of a header.`)
  if (OURS.has(lower) || OUR_PREFIXES.some((prefix) => lower.startsWith(prefix)))
    refuse(`headers has ${name}, which Waybill sets itself.`)
}

/**
 * The headers as the vault keeps them.
 * @throws {DomainError} `invalid-input`; no value stands in a sentence, because it may be secret
 */
export const webhookHeaders = (input: Static<typeof WebhookHeaders> = {}): readonly WebhookHeader[] => {
  const headers = Object.entries(input).map(([name, given]) => {
    const { value, secret = false } = typeof given === 'string' ? { value: given } : given
    checkName(name)
    if (!VALUE.test(value))
      refuse(`headers has a value for ${name} that is not made of ASCII characters, without blanks at its ends.`)
    return { name, value, secret: secret || ALWAYS_SECRET.has(name.toLowerCase()) }
  })
  const names = new Set(headers.map(({ name }) => name.toLowerCase()))
  if (names.size < headers.length) refuse('headers has a name twice: they differ in upper and lower case only.')
  const characters = headers.reduce((sum, { name, value }) => sum + name.length + value.length, 0)
  if (characters > MOST_CHARACTERS) refuse(`headers has more than ${MOST_CHARACTERS} characters in all.`)
  return headers
}
