import type { FastifyRequest } from 'fastify'
import type { Static } from 'typebox'
import { DomainError } from '../../domain/errors.ts'
import type { Properties } from '../../domain/registry/file/events.ts'
import type { Digests } from '../../platform/blob-store/blob-store.ts'
import { announcedDigests } from '../http/digest-headers.ts'

/** What an upload says about itself before its first byte. */
export interface UploadHeaders {
  readonly contentType: string
  readonly properties: Static<typeof Properties>
  readonly expected: Partial<Digests>
}

export const UNKNOWN_TYPE = 'application/octet-stream'

const contentTypeOf = ({ headers }: FastifyRequest): string => {
  const type = headers['content-type']?.trim() ?? ''
  if (/^multipart\/form-data\b/i.test(type))
    throw new DomainError('unsupported-media-type', 'Send the file itself as the body (curl -T), not a form (curl -F).')
  // what curl --data-binary says when it is told nothing
  if (type === '' || /^application\/x-www-form-urlencoded\b/i.test(type)) return UNKNOWN_TYPE
  if (type.length > 255) throw new DomainError('invalid-input', 'The Content-Type is longer than 255 characters.')
  return type
}

const PREFIX = 'x-waybill-property-'
const KEY = /^[a-z0-9._-]{1,128}$/
const MOST_PROPERTIES = 64
const MOST_CHARACTERS = 2048

/** Header values come as Latin-1; what clients send is UTF-8 nowadays. */
const textOf = (key: string, value: string): string => {
  const text = Buffer.from(value, 'latin1').toString('utf8')
  if (text.includes('\ufffd')) throw new DomainError('invalid-input', `The property ${key} is not UTF-8.`)
  if (text.length > MOST_CHARACTERS)
    throw new DomainError('invalid-input', `The property ${key} is longer than ${MOST_CHARACTERS} characters.`)
  return text
}

/** Names of headers have no case, so these keys are lower-case. */
const propertiesOf = ({ headers }: FastifyRequest): Record<string, string> => {
  const named = Object.entries(headers).filter(([name]) => name.startsWith(PREFIX))
  if (named.length > MOST_PROPERTIES)
    throw new DomainError('invalid-input', `A file has at most ${MOST_PROPERTIES} properties.`)
  const pairs = named.map(([name, value = '']): [string, string] => {
    const key = name.slice(PREFIX.length)
    if (!KEY.test(key))
      throw new DomainError('invalid-input', `${key} cannot be the key of a property: letters, digits and . _ - can.`)
    return [key, textOf(key, String(value))]
  })
  return Object.fromEntries(pairs)
}

/**
 * Reads the headers of an upload.
 * @throws {DomainError} `unsupported-media-type`: a form, or a coded body; `invalid-input`: part of a file (RFC 9110 section 14.5), digests
 * that cannot be read, properties that cannot be kept
 */
export const uploadHeaders = (request: FastifyRequest): UploadHeaders => {
  const { headers } = request
  if (headers['content-range'] !== undefined)
    throw new DomainError('invalid-input', 'A part of a file (Content-Range) cannot be stored: send the whole.')
  const coding = headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (coding !== '' && coding !== 'identity')
    throw new DomainError(
      'unsupported-media-type',
      `Files are kept byte for byte: send it without Content-Encoding (${coding}); a compressed file may be stored as one.`,
    )
  const contentType = contentTypeOf(request)
  const { expected, problem } = announcedDigests(headers)
  if (problem !== undefined) throw new DomainError('invalid-input', `${problem}.`)
  return { contentType, properties: propertiesOf(request), expected }
}
