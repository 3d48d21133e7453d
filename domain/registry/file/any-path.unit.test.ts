import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isDomainError } from '../../errors.ts'
import { filePath } from './path.ts'

const isRefused = (path: string): boolean => {
  try {
    filePath(path)
    return false
  } catch (error) {
    if (isDomainError(error) && error.code === 'invalid-input') return true
    throw error
  }
}

const parts = [
  '/',
  '.',
  '..',
  '\\',
  '\0',
  '\u0301',
  'e',
  'a',
  '%2f',
  '\ud83d',
  '\ude00',
  '\u202e',
  ' ',
  '\uff0f',
  '\u2024',
]
const hostile = fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((found) => found.join(''))

it('gives a path that stays inside its folder and is its own normal form, or refuses', () => {
  let taken = 0
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (wild) => {
      if (isRefused(wild)) return
      taken++
      const path = filePath(wild)
      expect(filePath(path)).toBe(path)
      const address = path.split('/').map(encodeURIComponent).join('/')
      expect(new URL(`file:///inside/${address}`).pathname).toMatch(/^\/inside\/[^/]/)
      expect(path.split('/').some((part) => ['', '.', '..'].includes(part))).toBe(false)
      expect(path).not.toMatch(/[\0-\x1f\x7f\\]/)
      expect(path.isWellFormed()).toBe(true)
    }),
    { numRuns: 1000 },
  )
  expect(taken).toBeGreaterThan(30)
})
