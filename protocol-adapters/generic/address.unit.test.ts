import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isDomainError } from '../../domain/errors.ts'
import { addressOf, encodePath, placeOf } from './address.ts'

/** What is refused, or the path. */
const read = (rest: string): string => {
  try {
    return placeOf(rest).path
  } catch (error) {
    if (isDomainError(error)) return `refused: ${error.code}`
    throw error
  }
}

/** Fragments of which hostile paths are made. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '/',
        '//',
        '.',
        '..',
        '%2e',
        '%2E%2e',
        '%2f',
        '%2F',
        '%5c',
        '\\',
        '%00',
        '%0a',
        '%7f',
        '%c2%85',
        '%25',
        '%252e',
        '%',
      ),
      fc.constantFrom(
        '%ff',
        '%c0%af',
        '%ed%a0%80',
        '%f4%90%80%80',
        '\u00e9',
        '\u00c3\u00a9',
        '%c3%a9',
        '%e2%80%a8',
        'a',
        'b',
        ' ',
        '+',
        ';',
        ':',
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

describe('placeOf', () => {
  it('takes no path that any file system or proxy could read in another way, whatever it is given', () => {
    fc.assert(
      fc.property(hostile, (rest) => {
        const path = read(rest)
        if (path.startsWith('refused')) return
        const segments = (path.endsWith('/') ? path.slice(0, -1) : path).split('/')
        if (path !== '') for (const segment of segments) expect(['', '.', '..']).not.toContain(segment)
        expect(path).not.toMatch(/[\p{Cc}\\]/u)
        expect(path.isWellFormed()).toBe(true)
        expect(path.normalize('NFC')).toBe(path)
        expect(Buffer.byteLength(path)).toBeLessThanOrEqual(1025)
        // decoding happened once: what it led to, encoded again, leads to the same place
        expect(read(encodePath(path))).toBe(path)
        // no slash came out of a segment
        expect(segments).toHaveLength((rest.endsWith('/') ? rest.slice(0, -1) : rest).split('/').length)
      }),
      { numRuns: 5_000 },
    )
  })

  it('finds every path that it allows under its encoded form', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 5 }), (segments) => {
        const path = segments.map((text) => text.replaceAll(/[/\\\p{Cc}\u2028\u2029]|^\.+$/gu, '_')).join('/')
        expect(placeOf(encodePath(path))).toEqual({ kind: 'file', path: path.normalize('NFC') })
      }),
    )
  })

  it.each([
    ['', { kind: 'folder', path: '' }],
    ['a/', { kind: 'folder', path: 'a/' }],
    ['a/b', { kind: 'file', path: 'a/b' }],
    ['a%20b+c', { kind: 'file', path: 'a b+c' }],
    ['%252e%252e/x', { kind: 'file', path: '%2e%2e/x' }],
    // as curl sends a name that is typed, and node hands it over
    ['\u00c3\u00a9', { kind: 'file', path: 'é' }],
    ['e%CC%81', { kind: 'file', path: 'é' }],
    ['...', { kind: 'file', path: '...' }],
  ])('reads %j', (rest, place) => {
    expect(placeOf(rest)).toEqual(place)
  })

  it.each([
    '/',
    '//',
    'a//b',
    './a',
    'a/..',
    '%2e%2E/a',
    'a%2Fb',
    'a%5Cb',
    'a\\b',
    'a%00',
    '%0D%0A',
    '%FF',
    '%C0%AF',
    '%ED%A0%80',
    '%',
    '%2',
    'a%zz',
    'é',
  ])('refuses %j', (rest) => {
    expect(read(rest)).toBe('refused: invalid-input')
  })
})

describe('addressOf', () => {
  it('takes the repository apart from what is below it, and the query from both', () => {
    const { query, ...address } = addressOf('/generic/main/files@2026-03-01T12:00:00Z/a%2Fb/c?x=1&properties')
    expect(address).toEqual({ project: 'main', segment: 'files@2026-03-01T12:00:00Z', rest: 'a%2Fb/c' })
    expect([query.get('x'), query.has('properties')]).toEqual(['1', true])
    expect(addressOf('/generic/main/files').rest).toBeUndefined()
    expect(addressOf('/generic/main/files/').rest).toBe('')
    expect(addressOf('/generic/main/files%40x').segment).toBe('files@x')
  })
})
