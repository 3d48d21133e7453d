import { describe, expect, it } from 'vitest'
import { inCidrs, parseCidr } from './cidr.ts'

const ranges = (...texts: string[]) => texts.map((text) => parseCidr(text)).filter((range) => range !== undefined)

describe('address ranges', () => {
  it.each(['10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8', '0.0.0.0/0'])('reads %s', (text) => {
    expect(parseCidr(text)).toBeDefined()
  })

  it.each(['', '10.1', '010.0.0.1', '10.0.0.0/33', 'example.com', '10.0.0.0/', '::1/129', '1.2.3.4.5', '0x7f.1'])(
    'refuses %j',
    (text) => {
      expect(parseCidr(text)).toBeUndefined()
    },
  )

  it('finds an address in the range it belongs to, and an IPv4 address that came as IPv6', () => {
    const inside = ranges('10.0.0.0/8', '::1', 'fd00::/8')
    expect(['10.255.1.2', '::ffff:10.0.0.1', '::1', 'fd12::9'].map((address) => inCidrs(inside, address))).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(['11.0.0.1', '::2', 'fe80::1', 'nonsense', ''].map((address) => inCidrs(inside, address))).toEqual([
      false,
      false,
      false,
      false,
      false,
    ])
  })

  it('finds nothing in no ranges', () => {
    expect(inCidrs([], '10.0.0.1')).toBe(false)
  })
})
