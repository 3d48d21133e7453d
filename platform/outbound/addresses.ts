import ipaddr from 'ipaddr.js'
import { inCidrs } from '../config/cidr.ts'
import type { OutboundAllow } from '../config/config-values.ts'

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Global unicast (RFC 4291 section 2.4); everything outside it is somebody's own network or no place at all. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3')

/** Documentation (RFC 9637), which ipaddr.js counts as unicast. */
const DOCUMENTATION = ipaddr.IPv6.parseCIDR('3fff::/20')

/** NAT64 for use within one network (RFC 8215): where it leads to is that network's affair. */
const LOCAL_NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b:1::/48')

/**
 * The IPv4 address that a translating IPv6 address leads to: IPv4-mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056).
 * Undefined for all others.
 */
const embedded = (address: ipaddr.IPv6): ipaddr.IPv4 | undefined => {
  const bytes = address.toByteArray()
  switch (address.range()) {
    case 'ipv4Mapped':
      return new ipaddr.IPv4(bytes.slice(12))
    case 'rfc6052':
      return address.match(LOCAL_NAT64) ? undefined : new ipaddr.IPv4(bytes.slice(12))
    case '6to4':
      return new ipaddr.IPv4(bytes.slice(2, 6))
    default:
      return undefined
  }
}

const isPublic = (address: Address): boolean => {
  if (address.kind() === 'ipv4') return address.range() === 'unicast'
  const v6 = address as ipaddr.IPv6
  const inside = embedded(v6)
  if (inside !== undefined) return isPublic(inside)
  return v6.range() === 'unicast' && v6.match(GLOBAL_UNICAST) && !v6.match(DOCUMENTATION)
}

const parsed = (address: string): Address | undefined =>
  // A zone names an interface of this machine: never an address of the outside.
  !address.includes('%') && ipaddr.isValid(address) ? ipaddr.parse(address) : undefined

/** Whether the address (text, as resolvers give it) is one of the public internet. False for what is no address. */
export const isPublicAddress = (address: string): boolean => {
  const known = parsed(address)
  return known !== undefined && isPublic(known)
}

/** Whether the address may be connected to: public, or in a range that the operator allows, itself or by what it leads to. */
export const mayConnect = ({ cidrs }: OutboundAllow, address: string): boolean => {
  const known = parsed(address)
  if (known === undefined) return false
  if (isPublic(known) || inCidrs(cidrs, address)) return true
  const inside = known.kind() === 'ipv6' ? embedded(known as ipaddr.IPv6) : undefined
  return inside !== undefined && inCidrs(cidrs, inside.toString())
}
