import type { FastifyRequest } from 'fastify'
import type { IncomingHttpHeaders } from 'node:http'
import { expect, it } from 'vitest'
import { uploadHeaders } from './upload-headers.ts'

const read = (headers: IncomingHttpHeaders) => uploadHeaders({ headers } as FastifyRequest)
const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`x-waybill-property-k${index}`, 'v']))

it('keeps the content type, unless it only means that none was given', () => {
  expect(read({}).contentType).toBe('application/octet-stream')
  expect(read({ 'content-type': 'text/x; charset=utf-8' }).contentType).toBe('text/x; charset=utf-8')
  expect(read({ 'content-type': 'application/x-www-form-urlencoded' }).contentType).toBe('application/octet-stream')
  expect(() => read({ 'content-type': `text/${'x'.repeat(255)}` })).toThrow('longer than 255')
})

it('reads properties as UTF-8, with lower-case keys', () => {
  const latin1 = Buffer.from('Müller', 'utf8').toString('latin1')
  expect(read({ 'x-waybill-property-build.no': '7', 'x-waybill-property-by': latin1 }).properties).toEqual({
    'build.no': '7',
    by: 'Müller',
  })
  expect(read({ 'x-waybill-property-__proto__': 'x' }).properties).toEqual(Object.fromEntries([['__proto__', 'x']]))
})

it.each<[string, IncomingHttpHeaders]>([
  ['cannot be the key', { 'x-waybill-property-a!': 'x' }],
  ['cannot be the key', { 'x-waybill-property-': 'x' }],
  ['not UTF-8', { 'x-waybill-property-a': '\u00ff' }],
  ['longer than 2048', { 'x-waybill-property-a': 'x'.repeat(2049) }],
  ['at most 64', many(65)],
  ['A part of a file', { 'content-range': 'bytes 0-1/2' }],
  ['without Content-Encoding', { 'content-encoding': 'GZIP' }],
  ['not a form', { 'content-type': 'Multipart/Form-Data; boundary=x' }],
  ['contradicts', { 'x-checksum-md5': 'a'.repeat(32), 'content-md5': Buffer.alloc(16).toString('base64') }],
])('refuses, because: %s', (reason, headers) => {
  expect(() => read(headers)).toThrow(reason)
})

it('takes 64 properties, no coding at all, and digests in every form', () => {
  const sha256 = 'a'.repeat(64)
  const { properties, expected } = read({ ...many(64), 'content-encoding': 'identity', 'x-checksum-sha256': sha256 })
  expect(Object.keys(properties)).toHaveLength(64)
  expect(expected).toEqual({ sha256 })
})
