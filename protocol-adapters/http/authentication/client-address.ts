import type { IncomingHttpHeaders } from 'node:http'
import ipaddr from 'ipaddr.js'
import { LRUCache } from 'lru-cache'
import { inCidrs, type Cidr } from '../../../platform/config/cidr.ts'

/** What is needed of a request, Node's own or fastify's. */
export interface ArrivedRequest {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** IPv4 written as IPv6 counts as IPv4; undefined for what is no address. */
const addressIn = (text: string): string | undefined => {
  const bare = /^\[([^\]]+)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : undefined
}

/** Peers come back: parsing the same address for each of their requests costs more than the rest of a small answer. */
const peers = new LRUCache<string, string>({ max: 10_000 })

const peerAddress = (remote: string): string => {
  let address = peers.get(remote)
  if (address === undefined) {
    address = addressIn(remote) ?? ''
    peers.set(remote, address)
  }
  return address
}

/**
 * The address that the request came from. `X-Forwarded-For` is believed only as far as trusted proxies wrote it: from the
 * right, up to the first address that is none of theirs. Empty behind a Unix socket.
 */
export const clientAddress = ({ headers, socket }: ArrivedRequest, trustedProxies: readonly Cidr[]): string => {
  let address = peerAddress(socket.remoteAddress ?? '')
  const forwarded = headers['x-forwarded-for']
  if (forwarded === undefined) return address
  const hops = (typeof forwarded === 'string' ? forwarded : forwarded.join(',')).split(',')
  while (inCidrs(trustedProxies, address)) {
    const before = addressIn(hops.pop()?.trim() ?? '')
    if (before === undefined) break
    address = before
  }
  return address
}
