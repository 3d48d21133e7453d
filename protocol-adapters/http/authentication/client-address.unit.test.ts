import { describe, expect, it } from 'vitest'
import { parseCidr } from '../../../platform/config/cidr.ts'
import { clientAddress } from './client-address.ts'

const trusted = ['10.0.0.0/8', 'fd00::/8'].map((range) => parseCidr(range)!)
const from = (remoteAddress: string | undefined, forwarded?: string) =>
  clientAddress(
    { headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }, socket: { remoteAddress } },
    trusted,
  )

describe('the address of a client', () => {
  it.each([
    ['192.0.2.1', undefined, '192.0.2.1'],
    ['::ffff:192.0.2.1', undefined, '192.0.2.1'],
    ['2001:DB8::0001', undefined, '2001:db8::1'],
    [undefined, undefined, ''],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['::ffff:10.0.0.1', '203.0.113.7', '203.0.113.7'],
    ['fd00::1', '2001:db8::7', '2001:db8::7'],
    ['10.0.0.1', '203.0.113.7, 10.9.9.9, 10.0.0.2', '203.0.113.7'],
    ['10.0.0.1', ' 203.0.113.7:4711 ', '203.0.113.7'],
    ['10.0.0.1', '[2001:db8::7]:443', '2001:db8::7'],
  ])('from %s forwarded for %s is %s', (remote, forwarded, expected) => {
    expect(from(remote, forwarded)).toBe(expected)
  })

  it('is not what somebody who is no trusted proxy says', () => {
    expect(from('192.0.2.1', '203.0.113.7')).toBe('192.0.2.1')
    expect(from(undefined, '203.0.113.7')).toBe('')
  })

  it('is not what somebody wrote in front of what the trusted proxy wrote', () => {
    expect(from('10.0.0.1', '10.1.1.1, 198.51.100.66, 203.0.113.7')).toBe('203.0.113.7')
  })

  it('is the last one that can be read', () => {
    expect(from('10.0.0.1', '203.0.113.7, unknown')).toBe('10.0.0.1')
    expect(from('10.0.0.1', '203.0.113.7, unknown, 10.0.0.9')).toBe('10.0.0.9')
    expect(from('10.0.0.1', '')).toBe('10.0.0.1')
    expect(from('10.0.0.1', '10.0.0.2, 10.0.0.3')).toBe('10.0.0.2')
  })
})
