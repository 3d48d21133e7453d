import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { covers, reachesInto, resourceOf, SCOPE_PATTERN, scopeWithin } from './scope.ts'

const name = (text: string) => ({ project: 'p', repository: 'r', name: text })

describe('a scope', () => {
  it.each([
    ['system', {}, true],
    ['system', name('x'), true],
    ['p', {}, false],
    ['p', { project: 'p' }, true],
    ['p', name('x'), true],
    ['p', { project: 'pp' }, false],
    ['p/r', { project: 'p' }, false],
    ['p/r', { project: 'p', repository: 'r' }, true],
    ['p/r', { project: 'p', repository: 'rr' }, false],
    ['p/r', { project: 'q', repository: 'r' }, false],
    ['p/r:a*', { project: 'p', repository: 'r' }, false],
    ['p/r:a*', name('abc'), true],
    ['p/r:a*', name('ba'), false],
    ['p/r:a', name('a'), true],
    ['p/r:a', name('ab'), false],
    ['p/r:@team/*', name('@team/a/b'), true],
    ['p/r:*', name(''), true],
    ['p/r:a*a', name('a'), false],
    ['p/r:a*a', name('aa'), true],
    ['p/r:*b*c*', name('abxcd'), true],
    ['p/r:*b*c*', name('acxbd'), false],
    ['p/r:a.c', name('abc'), false],
    ['p/r:a:b*', name('a:bc'), true],
  ])('%s covers %j: %s', (scope, resource, expected) => {
    expect(covers(scope, resource)).toBe(expected)
  })

  it('matches a pattern as the obvious regular expression does', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 })
    fc.assert(
      fc.property(letters, text, (pattern, candidate) => {
        fc.pre(pattern !== '')
        const plain = new RegExp(`^${pattern.replaceAll('*', '[^]*')}$`)
        expect(covers(`p/r:${pattern}`, name(candidate))).toBe(plain.test(candidate))
      }),
      { numRuns: 1000 },
    )
  })

  it('is quick with a pattern made to be slow', () => {
    const hostile = `p/r:${'a*'.repeat(127)}b`
    const began = performance.now()
    for (let round = 0; round < 100; round++) expect(covers(hostile, name('a'.repeat(1024)))).toBe(false)
    expect(performance.now() - began).toBeLessThan(200)
  })

  it('that lies within another covers nothing that the other does not', () => {
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 5 })
    const scope = fc.oneof(
      fc.constantFrom('system', 'p', 'q', 'p/r', 'p/s'),
      pattern.map((text) => `p/r:${text}`),
    )
    const resource = fc.oneof(
      fc.constantFrom({}, { project: 'p' }, { project: 'p', repository: 'r' }),
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 }).map(name),
    )
    fc.assert(
      fc.property(scope, scope, resource, (inner, outer, asked) => {
        fc.pre(scopeWithin(inner, outer) && covers(inner, asked))
        expect(covers(outer, asked)).toBe(true)
      }),
      { numRuns: 1000, maxSkipsPerRun: 1000 },
    )
  })

  it.each([
    ['p', 'system', true],
    ['system', 'p', false],
    ['p/r', 'p', true],
    ['p', 'p/r', false],
    ['p/r:ab*', 'p/r:a*', true],
    ['p/r:a*', 'p/r:ab*', false],
    ['p/r', 'p/r:*', false],
    ['p/r:x', 'p/s', false],
  ])('%s within %s: %s', (inner, outer, expected) => {
    expect(scopeWithin(inner, outer)).toBe(expected)
  })

  it('reaches into what contains it', () => {
    expect(reachesInto('p/r:a*', { project: 'p' })).toBe(true)
    expect(reachesInto('p/r:a*', { project: 'p', repository: 'r' })).toBe(true)
    expect(reachesInto('p/r:a*', { project: 'p', repository: 's' })).toBe(false)
    expect(reachesInto('p/r:a*', name('b'))).toBe(false)
    expect(reachesInto('q', { project: 'p' })).toBe(false)
  })

  it('is managed by those who manage the repository, the project or the system', () => {
    expect(resourceOf('system')).toEqual({})
    expect(resourceOf('p')).toEqual({ project: 'p' })
    expect(resourceOf('p/r:a*')).toEqual({ project: 'p', repository: 'r' })
  })

  it('has a form', () => {
    const form = new RegExp(SCOPE_PATTERN)
    for (const good of ['system', 'p', 'p-1/r.2', 'p/r:@s/*']) expect(form.test(good)).toBe(true)
    for (const bad of ['', 'P', 'p/', '/r', 'p/r:', 'p/r/s', 'p:x', 'p/r:a\nb']) expect(form.test(bad)).toBe(false)
  })
})
