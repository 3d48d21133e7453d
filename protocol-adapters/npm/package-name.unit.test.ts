import fc from 'fast-check'
import validate from 'validate-npm-package-name'
import { describe, expect, it } from 'vitest'
import { isNewPackageName, isPackageName, problemsOfPackageName, segmentsOf, takePackageName } from './package-name.ts'

describe('a package name', () => {
  it.each(['left-pad', '@babel/core', 'a.b_c-d', '@scope/-', 'x'.repeat(214)])('%s can be created', (name) => {
    expect(isNewPackageName(name)).toBe(true)
    expect(problemsOfPackageName(name)).toEqual([])
  })

  it.each(['JSONStream', 'http', "crazy'name", 'x'.repeat(215)])('%s can be read but not created', (name) => {
    expect(isPackageName(name)).toBe(true)
    expect(isNewPackageName(name)).toBe(false)
    expect(problemsOfPackageName(name)).toHaveLength(1)
  })

  it.each([
    ['', '.', '..', '.hidden', '_x', '-x', 'node_modules', 'favicon.ico', ' x', 'a b', 'a/b', 'a/b/c', 'a%2fb'],
    ['@', '@s', '@/n', '@s/', '@s/..', '@s/.x', '@../n', '@./n', '@s/n/m', 'sсope', 'ﬁle', 'x\u0000', 'x'.repeat(513)],
  ])('cannot be any of a list', (...names) => {
    expect(names.filter(isPackageName)).toEqual([])
    expect(names.filter(isNewPackageName)).toEqual([])
    expect(names.filter((name) => problemsOfPackageName(name).length === 0)).toEqual([])
  })
})

it("a name is readable exactly when npm's own client says that it once was valid", () => {
  const pieces = fc.constantFrom(
    '@',
    '/',
    '.',
    '-',
    '_',
    'a',
    'Z',
    '0',
    'node_modules',
    'favicon.ico',
    ' ',
    '%',
    '~',
    '\n',
  )
  const names = fc.oneof(
    fc.string(),
    fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(names, (name) => {
      fc.pre(!name.startsWith('@.'))
      expect(isPackageName(name)).toBe(validate(name).validForOldPackages)
    }),
    { numRuns: 2000 },
  )
})

describe('a request path', () => {
  it.each(['@s%2fn', '@s%2Fn', '@s/n', '%40s%2fn', '%40s/n', '@s%252fn', '@s%252Fn'])('names @s/n as %s', (path) => {
    for (const rest of ['', '/1.0.0', '/-/n-1.0.0.tgz']) {
      expect(takePackageName(segmentsOf(`/${path}${rest}`) ?? [])).toEqual({
        name: '@s/n',
        rest: rest.split('/').filter(Boolean),
      })
    }
  })

  it.each(['n', '/n', '//n', '/n/', '/%6e'])('names n as %s', (path) => {
    expect(takePackageName(segmentsOf(path) ?? [])).toEqual({ name: 'n', rest: [] })
  })

  it.each([
    [
      'traversal',
      ['/../n', '/n/..', '/n/../m', '/n/./m', '/%2e%2e/n', '/n/%2E%2e', '/..%2fn', '/n//m', '/@s/..', '/@s%2f..'],
    ],
    ['control characters', ['/n%00', '/n/%0a', '/n%7f', '/%00']],
    ['separators of other kinds', ['/n%5cm', '/n\\m', '/n%3fx', '/n%23x']],
    ['bytes that are not UTF-8', ['/n%ff', '/n%', '/n%2', '/n%zz']],
    ['a name encoded twice', ['/a%252eb', '/%2540s%252fn', '/@s%25252fn']],
    ['two slashes in a name', ['/@s%2fn%2fm', '/a%2fb', '/@s%2f%2fn', '/@s%252f%252fn']],
    ['nothing', ['', '/']],
  ])('is refused for %s', (_what, paths) => {
    const named = paths.filter((path) => {
      const segments = segmentsOf(path)
      return segments !== undefined && takePackageName(segments) !== undefined
    })
    expect(named).toEqual([])
  })
})
