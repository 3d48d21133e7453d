import type { FastifyRequest } from 'fastify'
import type { IncomingHttpHeaders } from 'node:http'
import { expect, it } from 'vitest'
import type { FileRow } from '../../projections/files/queries.ts'
import { lockFor } from './preconditions.ts'

const sha256 = 'a'.repeat(64)
const other = 'b'.repeat(64)
const current = { sha256, storedAt: '2026-03-01T12:00:00.500Z' } as FileRow

const lock = (headers: IncomingHttpHeaders, file: FileRow | undefined) => {
  try {
    return lockFor({ method: 'PUT', headers } as FastifyRequest, file)
  } catch (error) {
    return (error as { code: string }).code
  }
}

it.each<[IncomingHttpHeaders, unknown, unknown]>([
  // headers, with the file there, with none there
  [{}, { createOnly: false }, { createOnly: false }],
  [{ 'if-none-match': '*' }, 'precondition-failed', { createOnly: true }],
  [{ 'if-match': '*' }, { createOnly: false, onlyIf: sha256 }, 'precondition-failed'],
  [{ 'if-match': `"sha256:${sha256}"` }, { createOnly: false, onlyIf: sha256 }, 'precondition-failed'],
  [{ 'if-match': `"sha256:${other}"` }, 'precondition-failed', 'precondition-failed'],
  [{ 'if-match': `W/"sha256:${sha256}"` }, 'precondition-failed', 'precondition-failed'],
  [{ 'if-match': `"x", "sha256:${sha256}"` }, { createOnly: false, onlyIf: sha256 }, 'precondition-failed'],
  [{ 'if-none-match': `"sha256:${sha256}"` }, 'precondition-failed', { createOnly: true }],
  [{ 'if-none-match': `"sha256:${other}"` }, { createOnly: false, onlyIf: sha256 }, { createOnly: true }],
  [
    { 'if-unmodified-since': 'Sun, 01 Mar 2026 12:00:00 GMT' },
    { createOnly: false, onlyIf: sha256 },
    { createOnly: true },
  ],
  [{ 'if-unmodified-since': 'Sun, 01 Mar 2026 11:59:59 GMT' }, 'precondition-failed', { createOnly: true }],
])('%j', (headers, present, absent) => {
  expect(lock(headers, current)).toEqual(present)
  expect(lock(headers, undefined)).toEqual(absent)
})

it('leaves it to the command what a request with an Idempotency-Key may still do, with the same lock each time', () => {
  const key = { 'idempotency-key': 'k' }
  expect(lock({ ...key, 'if-none-match': '*' }, current)).toEqual({ createOnly: true })
  expect(lock({ ...key, 'if-match': `"sha256:${other}"` }, current)).toEqual({ createOnly: false, onlyIf: other })
  expect(lock({ ...key, 'if-match': `"sha256:${other}"` }, undefined)).toEqual({ createOnly: false, onlyIf: other })
})
