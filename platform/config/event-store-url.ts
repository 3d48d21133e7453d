/** Where events are kept on an EventStoreDB or KurrentDB. */
export interface EventStoreLocation {
  /** In the client's own form. */
  readonly connectionString: string
  /** Streams of ours begin with it on the server. */
  readonly streamPrefix?: string
}

/** What the client understands, in lower case, with the values that it takes; a typing error is only a warning to it. */
const OPTIONS: Readonly<Record<string, RegExp>> = {
  tls: /^(true|false)$/,
  tlscafile: /./,
  tlsverifycert: /^(true|false)$/,
  usercertfile: /./,
  userkeyfile: /./,
  connectionname: /./,
  defaultdeadline: /^\d+$/,
  keepaliveinterval: /^(-1|\d+)$/,
  keepalivetimeout: /^(-1|\d+)$/,
  nodepreference: /^(leader|follower|random|read_only_replica)$/,
  maxdiscoverattempts: /^\d+$/,
  discoveryinterval: /^\d+$/,
  gossiptimeout: /^\d+$/,
}
const PREFIX_OPTION = 'streamprefix'
const PREFIX = /^[a-zA-Z0-9_.]{1,64}$/

const host = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?$/

const checkOption = (key: string, value: string): void => {
  const values = OPTIONS[key.toLowerCase()]
  if (values === undefined)
    throw new Error(`${JSON.stringify(key)} is none of ${[...Object.keys(OPTIONS), PREFIX_OPTION].join(', ')}`)
  if (!values.test(value)) throw new Error(`the value of ${key} is not one that it can have`)
}

/**
 * Reads `esdb://user:password@host:2113,host,...?tls=false&streamPrefix=acme.` or `esdb+discover://name`; `kurrentdb` does for
 * `esdb` too. `streamPrefix` is ours: several Waybills may share a server, each with a prefix of its own that none of the others'
 * begins with; the rest is the client's.
 * @throws {Error} with what is wrong, in words that do not repeat user and password
 */
export const readEventStoreUrl = (text: string): EventStoreLocation => {
  const [, scheme = '', discover = '', credentials = '', hosts = '', query = ''] =
    /^(esdb|kurrentdb)(\+discover)?:\/\/([^@/?]*@)?([^/?@]+)\/?(?:\?(.*))?$/i.exec(text) ?? []
  if (scheme === '') throw new Error('expected esdb:// followed by a host, or by several with commas between them')
  if (!hosts.split(',').every((one) => host.test(one))) throw new Error('one of the hosts is none')
  const kept: string[] = []
  let streamPrefix: string | undefined
  for (const option of query.split('&').filter((part) => part !== '')) {
    const [key = '', value = ''] = option.split('=', 2)
    if (key.toLowerCase() === PREFIX_OPTION) {
      if (!PREFIX.test(value)) throw new Error('streamPrefix is not made of letters, digits, dots and underscores')
      streamPrefix = value
    } else {
      checkOption(key, value)
      kept.push(option)
    }
  }
  const connectionString = `esdb${discover}://${credentials}${hosts}${kept.length === 0 ? '' : `?${kept.join('&')}`}`
  return { connectionString, ...(streamPrefix === undefined ? {} : { streamPrefix }) }
}
