import ipaddr from 'ipaddr.js'

/** A range of addresses: the network's address and how many of its leading bits count. */
export type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number]

/** Reads `10.0.0.0/8`, `fd00::/8`, or a single address as a range of one; undefined for anything else. */
export const parseCidr = (text: string): Cidr | undefined => {
  // Four parts for IPv4: ipaddr.js also takes `10.1` and octal forms, which read as other addresses than people mean.
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text.split('/')[0] ?? '')) return undefined
  if (ipaddr.isValid(text)) {
    const address = ipaddr.parse(text)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  }
  return ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined
}

/** True when the address (text, IPv4-mapped IPv6 counted as IPv4) lies in one of the ranges; false for what is no address. */
export const inCidrs = (ranges: readonly Cidr[], address: string): boolean => {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return ranges.some(([network, bits]) => parsed.kind() === network.kind() && parsed.match(network, bits))
}
