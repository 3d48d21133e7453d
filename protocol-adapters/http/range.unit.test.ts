import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requestedRange, type RequestedRange } from './range.ts'

const current = { etag: '"a"', lastModified: new Date('2026-11-24T10:00:00.500Z') }
const rangeOf = (range: string, size = 100): RequestedRange => requestedRange({ range }, size, current)

describe('Range', () => {
  it.each<[string, RequestedRange]>([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=0-99', { start: 0, end: 99 }],
    ['bytes=10-19', { start: 10, end: 19 }],
    ['bytes=99-99', { start: 99, end: 99 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=90-1000', { start: 90, end: 99 }],
    [`bytes=90-${'9'.repeat(400)}`, { start: 90, end: 99 }],
    ['bytes=-1', { start: 99, end: 99 }],
    ['bytes=-100', { start: 0, end: 99 }],
    ['bytes=-1000', { start: 0, end: 99 }],
    ['BYTES= 1-2 ', { start: 1, end: 2 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=100-200', 'unsatisfiable'],
    [`bytes=${'9'.repeat(400)}-`, 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
  ])('%s of 100 bytes is %j', (range, answer) => expect(rangeOf(range)).toEqual(answer))

  it.each([
    'bytes=5-4',
    'bytes=-',
    'bytes=',
    'bytes',
    '',
    'bytes=a-b',
    'bytes=1-2-3',
    'bytes=--1',
    'bytes=1.5-2',
    'bytes=0-1,5-6',
    'bytes=0-0,-1',
    'bytes=100-,200-',
    'items=0-1',
    '0-1',
  ])('%j is passed over', (range) => expect(rangeOf(range)).toBe('whole'))

  it.each(['bytes=0-', 'bytes=-5', 'bytes=0-0'])('%s of nothing is the whole of it', (range) =>
    expect(rangeOf(range, 0)).toBe('whole'),
  )

  it('always lies within the bytes', () => {
    const number = fc.option(fc.nat(300), { nil: '' })
    const property = fc.property(number, number, fc.integer({ min: 1, max: 200 }), (first, last, size) => {
      const range = rangeOf(`bytes=${first}-${last}`, size)
      if (typeof range === 'string') return
      expect(range.start).toBeGreaterThanOrEqual(0)
      expect(range.start).toBeLessThanOrEqual(range.end)
      expect(range.end).toBeLessThan(size)
    })
    fc.assert(property)
  })
})

describe('If-Range', () => {
  it.each<[string, boolean]>([
    ['"a"', true],
    ['W/"a"', false],
    ['"b"', false],
    ['a', false],
    ['Tue, 24 Nov 2026 10:00:00 GMT', true],
    ['Tue, 24 Nov 2026 10:00:01 GMT', false],
    ['Tue, 24 Nov 2026 09:59:59 GMT', false],
    ['', false],
  ])('of %s lets the range apply: %s', (ifRange, applies) => {
    const answer = requestedRange({ range: 'bytes=1-2', 'if-range': ifRange }, 100, current)
    expect(answer).toEqual(applies ? { start: 1, end: 2 } : 'whole')
  })

  it('by date does not hold when it is not known when the bytes were modified', () => {
    const headers = { range: 'bytes=1-2', 'if-range': 'Tue, 24 Nov 2026 10:00:00 GMT' }
    expect(requestedRange(headers, 100, { etag: '"a"' })).toBe('whole')
  })

  it('that does not hold keeps even an unsatisfiable range from being refused', () => {
    expect(requestedRange({ range: 'bytes=500-', 'if-range': '"b"' }, 100, current)).toBe('whole')
  })
})
