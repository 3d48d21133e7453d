import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sealingWith } from './sealing.ts'

const key = randomBytes(32)
const sealing = sealingWith(key)

const messageOf = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    expect(error).toMatchObject({ code: 'unavailable' })
    return (error as Error).message
  }
  return ''
}

describe('what is sealed', () => {
  it('opens with the same key, and looks different each time', () => {
    const [one, other] = [sealing.seal('Grüße', 'row 1'), sealing.seal('Grüße', 'row 1')]
    expect(sealingWith(key).open(one, 'row 1')).toBe('Grüße')
    expect(Buffer.from(one.bytes)).not.toEqual(Buffer.from(other.bytes))
    expect(Buffer.from(one.bytes).includes('Gr')).toBe(false)
    expect(sealing.open(sealing.seal('', 'row 1'), 'row 1')).toBe('')
  })

  it('tells of another key by its id, without trying', () => {
    const other = sealingWith(randomBytes(32))
    const sealed = other.seal('secret', 'row 1')
    expect(sealed.keyId).toMatch(/^[0-9a-f]{16}$/)
    expect(messageOf(() => sealing.open(sealed, 'row 1'))).toMatch(
      /^row 1 is sealed with another secret key .*WAYBILL_SECRET_KEY/,
    )
  })

  it('does not open in another row, nor when a byte of it was changed or is missing', () => {
    const { keyId, bytes } = sealing.seal('secret', 'row 1')
    expect(messageOf(() => sealing.open({ keyId, bytes }, 'row 2'))).toContain('was changed')
    for (let at = 0; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(messageOf(() => sealing.open({ keyId, bytes: changed }, 'row 1'))).toContain('was changed')
    }
    for (const length of [0, 11, 12, 27, 28, bytes.length - 1])
      expect(messageOf(() => sealing.open({ keyId, bytes: bytes.subarray(0, length) }, 'row 1'))).toContain(
        'was changed',
      )
  })
})
