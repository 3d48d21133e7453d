import { describe, expect, it } from 'vitest'
import { checkPassword } from './password-rules.ts'

describe('a password', () => {
  it.each(['12345678', '\u{1f511}'.repeat(8), 'x'.repeat(1024), ' spaces count '])('may be %j', (password) => {
    checkPassword(password)
  })

  it.each([
    ['1234567', 'fewer than 8 characters'],
    ['\u{1f511}'.repeat(7), 'fewer than 8 characters'],
    ['\u00e4'.repeat(513), 'longer than 1024 bytes'],
    ['lone \ud800 surrogate', 'not valid Unicode'],
  ])('may not be %j, and the refusal does not repeat it', (password, reason) => {
    const refusal = (() => {
      try {
        checkPassword(password)
        return undefined
      } catch (error) {
        return error as { code: string; message: string }
      }
    })()
    expect(refusal?.code).toBe('invalid-input')
    expect(refusal?.message).toContain(reason)
    expect(refusal?.message).not.toContain(password)
  })
})
