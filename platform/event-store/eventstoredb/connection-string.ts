/**
 * What the client is told unless the connection string says otherwise.
 *
 * The keep-alive is the last resort only, for a subscription on a dead connection: appends and reads have time limits of
 * their own, after which the connection is made anew. Pings every 10 s are what the client recommends (it warns below that);
 * 5 s for the answer find a dead connection within 15 s. A failed discovery is tried again by us, so each is kept short: it
 * cannot be interrupted, and keeps the process alive while it lasts.
 */
const PRESETS = {
  connectionName: 'waybill',
  keepAliveInterval: '10000',
  keepAliveTimeout: '5000',
  maxDiscoverAttempts: '3',
  gossipTimeout: '2',
}

/** Option names are compared as the client compares them. */
const flat = (key: string): string => key.trim().toLowerCase().replaceAll(/[_-]/g, '')

/** The connection string with what it leaves open. */
export const withPresets = (connectionString: string): string => {
  const [hosts = '', ...rest] = connectionString.trim().replace(/\/+$/, '').split('?')
  const options = rest
    .join('?')
    .split('&')
    .filter((option) => option !== '')
  const given = new Set(options.map((option) => flat(option.split('=')[0] ?? '')))
  const added = Object.entries(PRESETS).filter(([key]) => !given.has(flat(key)))
  // Without it a conflict is answered by a wrong revision. The last of two equal options counts.
  const enforced = [['throwOnAppendFailure', 'true']]
  return `${hosts}?${[...options, ...[...added, ...enforced].map((pair) => pair.join('='))].join('&')}`
}
