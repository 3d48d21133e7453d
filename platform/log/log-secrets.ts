/** Names of fields that hold a credential, in lower case. */
const SECRET_FIELDS: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-nuget-apikey',
  '_authtoken',
  '_auth',
  'password',
  'passwordhash',
  'adminpassword',
  'secret',
  'secretkey',
  'token',
])

/** Deeper than anything we log on purpose; it bounds the walk for what is logged by accident. */
const MAX_DEPTH = 5

type Fields = Record<string, unknown>

/** Plain objects and arrays: what has a class of its own (a request, an error) is written by its serializer. */
const isPlain = (value: unknown): value is Fields => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null || Array.isArray(value)
}

const copyOf = (fields: Fields): Fields => (Array.isArray(fields) ? ([...fields] as unknown as Fields) : { ...fields })

const hideBelow = (fields: Fields, depth: number): Fields => {
  let copy: Fields | undefined
  for (const key of Object.keys(fields)) {
    const value = fields[key]
    const shown = SECRET_FIELDS.has(key.toLowerCase())
      ? '[hidden]'
      : isPlain(value) && depth < MAX_DEPTH
        ? hideBelow(value, depth + 1)
        : value
    if (shown === value) continue
    copy ??= copyOf(fields)
    copy[key] = shown
  }
  return copy ?? fields
}

/**
 * What is logged, with the values of credential fields replaced at any depth; the same object when there are none.
 * Our own walk because pino's wildcard paths cost 30 µs a line where this costs one.
 */
export const hideSecrets = (fields: Fields): Fields => hideBelow(fields, 0)
