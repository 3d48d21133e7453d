import { expect, it } from 'vitest'
import { plain, word } from './plain-text.ts'

it('shows what a terminal would obey', () => {
  expect(plain('\x1b[2Jgone\r\n\u009b31m\u202eesrever')).toBe('\\u001b[2Jgone\\u000d\\u000a\\u009b31m\\u202eesrever')
  expect(plain('ünïcode 字 stays')).toBe('ünïcode 字 stays')
})

it('quotes what is not one word', () => {
  expect(word('left-pad@1.0.0')).toBe('left-pad@1.0.0')
  expect(word('a b')).toBe('"a b"')
  expect(word('')).toBe('""')
  expect(word('say "x"')).toBe('"say \\"x\\""')
  expect(word('a\nb')).toBe('"a\\nb"')
})
