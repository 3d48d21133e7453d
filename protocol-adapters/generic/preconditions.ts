import type { FastifyRequest } from 'fastify'
import { DomainError } from '../../domain/errors.ts'
import type { FileRow } from '../../projections/files/queries.ts'
import { evaluateConditions } from '../http/conditional.ts'

/** What must still hold when the change is made. */
export interface Lock {
  readonly createOnly: boolean
  /** sha256 that the file must have. */
  readonly onlyIf?: string
}

const CONDITIONS = ['if-match', 'if-none-match', 'if-unmodified-since'] as const

/** The entity tag of a file: strong, the bytes alone make it. */
export const etagOf = ({ sha256 }: Pick<FileRow, 'sha256'>): string => `"sha256:${sha256}"`

const isOwnTag = /^"sha256:([0-9a-f]{64})"$/

/** The lock that the request states by itself, whatever there is now; undefined when that takes a look. */
const statedLock = ({ headers }: FastifyRequest): Lock | undefined => {
  const stated = CONDITIONS.filter((name) => headers[name] !== undefined)
  if (stated.length === 0) return { createOnly: false }
  if (stated.length > 1) return undefined
  if (headers['if-none-match']?.trim() === '*') return { createOnly: true }
  const sha256 = isOwnTag.exec(headers['if-match']?.trim() ?? '')?.[1]
  return sha256 === undefined ? undefined : { createOnly: false, onlyIf: sha256 }
}

/** Only the command knows whether a request with an Idempotency-Key was carried out before, and so is no longer to be refused. */
export const mayBeRepeat = ({ headers }: FastifyRequest): boolean => headers['idempotency-key'] !== undefined

/**
 * Evaluates the preconditions of a change on the file as it is known now (RFC 9110 section 13.2.2), and returns the lock that makes the
 * command hold to what was seen.
 * @throws {DomainError} `precondition-failed`
 */
export const lockFor = (request: FastifyRequest, current: FileRow | undefined): Lock => {
  const { method, headers } = request
  const stated = statedLock(request)
  if (stated !== undefined && mayBeRepeat(request)) return stated
  const seen = current && { etag: etagOf(current), lastModified: new Date(current.storedAt) }
  if (evaluateConditions(method, headers, seen) !== 'proceed')
    throw new DomainError(
      'precondition-failed',
      current === undefined
        ? 'There is no file here, but the request is only for one that is (If-Match).'
        : `There is a file here with the ETag ${etagOf(current)}, which the request does not allow for.`,
    )
  if (stated !== undefined) return stated
  return current === undefined ? { createOnly: true } : { createOnly: false, onlyIf: current.sha256 }
}
