import { PlatformError } from '../platform-error.ts'

/** What a `postgres://` URL says, in the driver's form. */
export interface DatabaseAddress {
  /** The URL without the parts that the driver would not understand. */
  readonly url: string
  /** Given only where the URL names a Unix socket's folder or holds libpq's parameters instead of its own parts. */
  readonly overrides: { host?: string; port?: number; user?: string; password?: string }
}

/**
 * Reads a `postgres://` or `postgresql://` URL, also in libpq's forms for a Unix socket (`postgres:///name?host=/folder`
 * and `postgres://%2Ffolder/name`; PostgreSQL manual, "Connection URIs"). Throws `unavailable` when it is no such URL.
 */
export const readDatabaseUrl = (text: string): DatabaseAddress => {
  // Several hosts are the driver's own form, which no standard parser reads.
  if (/^postgres(?:ql)?:\/\/[^/?#]*,/.test(text)) return { url: text, overrides: {} }
  // Without a host the standard parser refuses user and port; libpq takes them.
  const url = URL.parse(text.replace(/^(postgres(?:ql)?:\/\/[^/?#]*@)(?=[:/?#]|$)/, '$1localhost'))
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new PlatformError(
      'unavailable',
      'the database URL is not of the form postgres://user:password@host:port/name',
    )
  }
  const overrides: DatabaseAddress['overrides'] = {}
  if (/^%2f/i.test(url.hostname)) overrides.host = decodeURIComponent(url.hostname)
  const take = (name: string): string | undefined => {
    const value = url.searchParams.get(name) ?? undefined
    url.searchParams.delete(name)
    return value
  }
  const [host, port, user, password] = [take('host'), take('port'), take('user'), take('password')]
  if (host !== undefined) overrides.host = host
  if (port !== undefined) overrides.port = Number(port)
  if (user !== undefined) overrides.user = user
  if (password !== undefined) overrides.password = password
  if (overrides.host !== undefined && /^%2f/i.test(url.hostname)) url.hostname = 'localhost'
  return { url: url.href, overrides }
}
