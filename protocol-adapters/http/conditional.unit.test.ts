import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { type Condition, evaluateConditions } from './conditional.ts'

const modified = 'Tue, 24 Nov 2026 10:00:00 GMT'
const before = 'Tue, 24 Nov 2026 09:59:59 GMT'
const after = 'Tue, 24 Nov 2026 10:00:01 GMT'
// Half a second into the one that Last-Modified names.
const current = { etag: '"a"', lastModified: new Date('2026-11-24T10:00:00.500Z') }

type Case = [IncomingHttpHeaders, Condition]

describe('a GET of something that is there', () => {
  const cases: Case[] = [
    [{}, 'proceed'],
    [{ 'if-none-match': '"a"' }, 'not-modified'],
    [{ 'if-none-match': 'W/"a"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-none-match': '"x,y" , "b",\t"a"' }, 'not-modified'],
    [{ 'if-none-match': '"b", W/"c"' }, 'proceed'],
    [{ 'if-none-match': 'a' }, 'proceed'],
    [{ 'if-none-match': '' }, 'proceed'],
    [{ 'if-modified-since': modified }, 'not-modified'],
    [{ 'if-modified-since': after }, 'not-modified'],
    [{ 'if-modified-since': before }, 'proceed'],
    [{ 'if-modified-since': 'nonsense' }, 'proceed'],
    // If-None-Match wins over the date, whichever way it goes (RFC 9110 section 13.2.2).
    [{ 'if-none-match': '"b"', 'if-modified-since': after }, 'proceed'],
    [{ 'if-none-match': '"a"', 'if-modified-since': before }, 'not-modified'],
    [{ 'if-match': '"a"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': '"b", "a"' }, 'proceed'],
    [{ 'if-match': 'W/"a"' }, 'precondition-failed'],
    [{ 'if-match': '"b"' }, 'precondition-failed'],
    [{ 'if-unmodified-since': modified }, 'proceed'],
    [{ 'if-unmodified-since': before }, 'precondition-failed'],
    [{ 'if-unmodified-since': 'nonsense' }, 'proceed'],
    [{ 'if-match': '"a"', 'if-unmodified-since': before }, 'proceed'],
    [{ 'if-match': '"b"', 'if-none-match': '"a"' }, 'precondition-failed'],
    [{ 'if-match': '"a"', 'if-none-match': '"a"' }, 'not-modified'],
  ]
  it.each(cases)('with %j answers %s', (headers, condition) => {
    expect(evaluateConditions('GET', headers, current)).toBe(condition)
    expect(evaluateConditions('HEAD', headers, current)).toBe(condition)
  })

  it('passes dates over when it does not know when it was modified', () => {
    const unknown = { etag: '"a"' }
    expect(evaluateConditions('GET', { 'if-modified-since': after }, unknown)).toBe('proceed')
    expect(evaluateConditions('GET', { 'if-unmodified-since': before }, unknown)).toBe('proceed')
  })
})

describe('a PUT', () => {
  const overSomething: Case[] = [
    [{}, 'proceed'],
    [{ 'if-none-match': '*' }, 'precondition-failed'],
    [{ 'if-none-match': '"a"' }, 'precondition-failed'],
    [{ 'if-none-match': '"b"' }, 'proceed'],
    [{ 'if-match': '"a"' }, 'proceed'],
    [{ 'if-match': '"b"' }, 'precondition-failed'],
    // Only reading methods have it.
    [{ 'if-modified-since': after }, 'proceed'],
  ]
  it.each(overSomething)('over something that is there, with %j, answers %s', (headers, condition) => {
    expect(evaluateConditions('PUT', headers, current)).toBe(condition)
  })

  const whereNothingIs: Case[] = [
    [{}, 'proceed'],
    [{ 'if-none-match': '*' }, 'proceed'],
    [{ 'if-match': '*' }, 'precondition-failed'],
    [{ 'if-match': '"a"' }, 'precondition-failed'],
    [{ 'if-unmodified-since': before }, 'proceed'],
  ]
  it.each(whereNothingIs)('where nothing is, with %j, answers %s', (headers, condition) => {
    expect(evaluateConditions('PUT', headers, undefined)).toBe(condition)
  })
})
