import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCidr } from '../config/cidr.ts'
import { isPublicAddress, mayConnect } from './addresses.ts'

const NOBODY = { hosts: [], cidrs: [] }

const allowing = (...ranges: string[]) => ({
  hosts: [],
  cidrs: ranges.map(parseCidr).filter((range) => range !== undefined),
})

const INSIDE: readonly (readonly string[])[] = [
  ['loopback', '127.0.0.1', '127.255.255.254', '::1'],
  ['private', '10.0.0.1', '172.16.0.1', '172.31.255.255', '192.168.1.1', 'fc00::1', 'fd12:3456::1', 'fec0::1'],
  ['link-local', '169.254.169.254', 'fe80::1', 'fe80::1%eth0'],
  ['carrier-grade NAT', '100.64.0.1', '100.127.255.255'],
  ['unspecified', '0.0.0.0', '0.1.2.3', '::'],
  ['multicast and broadcast', '224.0.0.1', '239.255.255.255', '255.255.255.255', 'ff02::1'],
  [
    'reserved',
    '240.0.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '2001:db8::1',
    '3fff::1',
    '100::1',
  ],
  ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:10.0.0.1', '::ffff:169.254.169.254'],
  ['IPv4-compatible and IPv4-translated', '::127.0.0.1', '::7f00:1', '::808:808', '::ffff:0:127.0.0.1'],
  ['NAT64', '64:ff9b::127.0.0.1', '64:ff9b::a00:1', '64:ff9b::a9fe:a9fe', '64:ff9b:1::808:808'],
  ['6to4', '2002:7f00:1::', '2002:a00:1::1', '2002:c0a8:101::1', '2002:a9fe:a9fe::'],
  ['Teredo', '2001:0:7f00:1::1', '2001::1'],
  ['not an address', '', 'localhost', '127.0.0.1.', '8.8.8.8/32', '1.2.3.4.5', '[::1]', '8.8.8.8\n'],
]

describe('isPublicAddress', () => {
  it.each(INSIDE)('refuses %s', (_, ...addresses) => {
    expect(addresses.filter((address) => isPublicAddress(address))).toEqual([])
  })

  it('takes addresses of the public internet, also through NAT64, 6to4 and IPv4-mapped', () => {
    const outside = ['8.8.8.8', '100.63.255.255', '172.32.0.1', '2606:4700::1', '2a00:1450::8']
    const through = ['64:ff9b::8.8.8.8', '2002:808:808::1', '::ffff:8.8.8.8']
    expect([...outside, ...through].filter((address) => !isPublicAddress(address))).toEqual([])
  })

  it('judges every IPv4 address the same, however IPv6 spells it', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(fc.tuple(byte, byte, byte, byte), (parts) => {
        const plain = parts.join('.')
        const [high, low] = [0, 2].map((at) => (((parts[at] ?? 0) << 8) | (parts[at + 1] ?? 0)).toString(16))
        const spellings = [`::ffff:${plain}`, `64:ff9b::${plain}`, `2002:${high}:${low}::1`]
        return spellings.every((spelling) => isPublicAddress(spelling) === isPublicAddress(plain))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('mayConnect', () => {
  it('lets through the ranges that the operator allows, and nothing beside them', () => {
    const allow = allowing('10.1.0.0/16', 'fd00::/8')
    const tried = ['10.1.2.3', '::ffff:10.1.2.3', '64:ff9b::10.1.2.3', 'fd00::1', '10.2.0.1', 'fc00::1', '127.0.0.1']
    expect(tried.filter((address) => mayConnect(allow, address))).toEqual(tried.slice(0, 4))
  })

  it('lets nothing inside through when nothing is allowed', () => {
    const inside = INSIDE.flatMap(([, ...addresses]) => addresses)
    expect(inside.filter((address) => mayConnect(NOBODY, address))).toEqual([])
  })
})
