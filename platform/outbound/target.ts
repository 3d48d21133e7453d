import { isIP } from 'node:net'
import type { LookupAddress } from 'node:dns'
import type { OutboundAllow } from '../config/config-values.ts'
import { mayConnect } from './addresses.ts'
import { OutboundError, outboundFailure } from './outbound-error.ts'

/** All addresses of a name, as `dns.lookup` with `all` gives them. Rejects with a `code` such as ENOTFOUND. */
export type ResolveName = (host: string) => Promise<readonly LookupAddress[]>

/** A URL's host without the brackets of IPv6 and the dot of a full name: `localhost.` is `localhost`. */
export const hostOf = (url: URL): string => bareHost(url.hostname)

const bareHost = (host: string): string => host.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')

/** Whether the host is an address, of which no resolver is asked. */
export const isLiteral = (hostname: string): boolean => isIP(bareHost(hostname)) !== 0

const refused = (host: string): OutboundError =>
  new OutboundError(
    'refused',
    `${host} is not on the public internet; the operator can allow it by WAYBILL_OUTBOUND_ALLOW`,
  )

/**
 * The addresses of the host that may be connected to, at least one; where it has others too, those are left out. The WHATWG URL
 * has turned decimal, octal and hexadecimal spellings of IPv4 into dotted ones before.
 * @throws {OutboundError} `refused`: there is none · `unreachable`: there is no such name
 */
export const addressesOf = async (
  { allow, resolve }: { readonly allow: OutboundAllow; readonly resolve: ResolveName },
  hostname: string,
): Promise<readonly LookupAddress[]> => {
  const host = bareHost(hostname)
  const family = isIP(host)
  if (family !== 0) {
    if (!mayConnect(allow, host)) throw refused(host)
    return [{ address: host, family }]
  }
  const found = await resolve(host).catch((error: unknown) => {
    throw outboundFailure(host, error)
  })
  if (found.length === 0) throw new OutboundError('unreachable', `${host} is a name without an address`)
  if (allow.hosts.includes(host.toLowerCase())) return found
  const usable = found.filter(({ address }) => mayConnect(allow, address))
  if (usable.length === 0) throw refused(host)
  return usable
}

/** @throws {OutboundError} `refused`: no http or https, credentials in it, or no host */
export const checkedUrl = (text: string): URL => {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new OutboundError('refused', 'only http:// and https:// URLs can be called')
  if (url.username !== '' || url.password !== '')
    throw new OutboundError('refused', 'a URL to be called has no credentials in it')
  return url
}
