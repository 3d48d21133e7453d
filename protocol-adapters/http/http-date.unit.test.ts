import { expect, it } from 'vitest'
import { httpDate, parseHttpDate } from './http-date.ts'

const moment = Date.UTC(1994, 10, 6, 8, 49, 37)

// The three forms as RFC 9110 section 5.6.7 shows them.
it.each(['Sun, 06 Nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT', 'Sun Nov  6 08:49:37 1994'])(
  'understands %s',
  (text) => expect(parseHttpDate(text)).toBe(moment),
)

it('takes two digits of a year below 70 as of this century', () => {
  expect(parseHttpDate('Friday, 06-Nov-26 08:49:37 GMT')).toBe(Date.UTC(2026, 10, 6, 8, 49, 37))
})

it.each([
  '',
  'yesterday',
  '2026-11-24T10:00:00Z',
  '1790000000',
  'Sun, 31 Feb 2026 08:49:37 GMT',
  'Sun, 06 Nov 1994 24:00:00 GMT',
  'Sun, 06 Nov 1994 08:60:37 GMT',
  'Sun, 06 Foo 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:37 CET',
])('does not take %j for a date', (text) => expect(parseHttpDate(text)).toBeUndefined())

it('writes the form that it reads, without milliseconds', () => {
  expect(httpDate(new Date(moment + 999))).toBe('Sun, 06 Nov 1994 08:49:37 GMT')
})
