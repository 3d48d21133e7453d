/** Which streams of the server are this store's, and what they are called there. */
export interface StreamNames {
  /** The port's name as the server knows it. */
  stored(stream: string): string
  /** The server's name as the port knows it. */
  named(stored: string): string
  /** Whether a stream of the server is this store's. */
  ours(stored: string): boolean
}

/** Streams and event types of the server itself. */
export const isSystem = (name: string): boolean => name.startsWith('$')

/**
 * With a prefix the streams below it are ours; one prefix must not begin with another that is in use. Without one `ours`
 * decides, by default: all but the server's own.
 */
export const streamNames = (
  prefix = '',
  ours: (stream: string) => boolean = (stream) => !isSystem(stream),
): StreamNames => {
  if (prefix === '') return { stored: (stream) => stream, named: (stored) => stored, ours }
  // The category of a stream ends at its first hyphen: one in the prefix would make all streams one category.
  if (!/^[^$\s\0-][^\s\0-]*$/.test(prefix) || !prefix.isWellFormed()) {
    throw new RangeError(`${JSON.stringify(prefix)} is no prefix: it begins with $, or holds a hyphen or a blank`)
  }
  return {
    stored: (stream) => prefix + stream,
    named: (stored) => stored.slice(prefix.length),
    ours: (stored) => stored.startsWith(prefix),
  }
}
