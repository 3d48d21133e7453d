import { createHash } from 'node:crypto'

/**
 * What a stream's name begins with, up to its first hyphen: EventStoreDB groups streams by it, so it has no hyphen itself. On a
 * server that others use too it also tells our streams from theirs.
 */
export const STREAM_CATEGORIES = [
  'store',
  'account',
  'denial',
  'group',
  'roleGrant',
  'token',
  'project',
  'repository',
  'package',
  'packageVersion',
  'tag',
  'star',
  'file',
  'job',
  'webhook',
  'webhookDelivery',
] as const
export type StreamCategory = (typeof STREAM_CATEGORIES)[number]

/**
 * The stream of a thing with a natural key: the hash makes any key a legal name of fixed length, and an append with
 * NO_STREAM the uniqueness check. JSON keeps ("a/b", "c") apart from ("a", "b/c").
 */
export const streamName = (category: StreamCategory, ...key: readonly string[]): string =>
  streamOfId(category, createHash('sha256').update(JSON.stringify(key)).digest('hex'))

/** The stream of a thing that was given a random id. */
export const streamOfId = (category: StreamCategory, id: string): string => `${category}-${id}`

const categories: ReadonlySet<string> = new Set(STREAM_CATEGORIES)

/** Whether a stream's name is one that Waybill gives. */
export const isStreamOfOurs = (stream: string): boolean => categories.has(stream.slice(0, stream.indexOf('-')))
