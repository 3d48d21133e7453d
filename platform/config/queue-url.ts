/** The NATS servers for jobs and live events. */
export interface QueueLocation {
  /** `nats://host:port` each, without credentials; several are the nodes of one cluster. */
  readonly servers: readonly string[]
  readonly credentials?: { readonly user: string; readonly pass: string } | undefined
  /** Whether the connection is made by TLS, with the server's certificate checked. */
  readonly tls: boolean
}

const DEFAULT_PORT = '4222'

const host = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/

const readServer = (text: string): string => {
  const [, name, port = DEFAULT_PORT] = host.exec(text) ?? []
  if (name === undefined || Number(port) < 1 || Number(port) > 65_535) throw new Error('one of the hosts is none')
  return `nats://${name}:${Number(port)}`
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('user or password has a % that is not followed by two hexadecimal digits') // the text is not repeated
  }
}

const readCredentials = (text: string): QueueLocation['credentials'] => {
  const colon = text.indexOf(':')
  if (colon < 1 || colon === text.length - 1) throw new Error('before the @ a user and a password are expected')
  return { user: decoded(text.slice(0, colon)), pass: decoded(text.slice(colon + 1)) }
}

/**
 * Reads `nats://user:password@host:4222,host2,...`, or `tls://` for the same by TLS. User and password are percent-encoded, may be
 * left out together, and are the same on every host; the port is 4222 unless given.
 * @throws {Error} with what is wrong, in words that do not repeat the text
 */
export const readQueueUrl = (text: string): QueueLocation => {
  const [, scheme = '', credentials, hosts = ''] = /^(nats|tls):\/\/(?:([^@/?#]*)@)?([^@/?#]+)\/?$/i.exec(text) ?? []
  if (scheme === '')
    throw new Error('expected nats:// or tls:// followed by a host, or by several with commas between them')
  return {
    servers: hosts.split(',').map(readServer),
    ...(credentials === undefined ? {} : { credentials: readCredentials(credentials) }),
    tls: scheme.toLowerCase() === 'tls',
  }
}
