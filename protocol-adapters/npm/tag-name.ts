import { LRUCache } from 'lru-cache'
import semver from 'semver'

/** Of the tags asked about last, whether they may be: reading one as a range costs as much as storing it, and most say `latest`. */
const known = new LRUCache<string, boolean>({ max: 1000 })

/**
 * Whether a distribution tag may have this name. The npm client refuses what is no plain URL part and what could be read
 * as a version range, because `npm install pkg@tag` could never reach it.
 */
export const isTagName = (tag: string): boolean => {
  if (tag === '' || tag.length > 128) return false
  const before = known.get(tag)
  if (before !== undefined) return before
  const may = encodeURIComponent(tag) === tag && !tag.startsWith('.') && semver.validRange(tag) === null
  known.set(tag, may)
  return may
}

/** Whether this is a version in the one form that versions are kept in: strict, without `v`, spaces or build metadata. */
export const isVersion = (version: string): boolean => version.length <= 256 && semver.valid(version) === version
