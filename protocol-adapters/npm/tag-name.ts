import semver from 'semver'

/**
 * Whether a distribution tag may have this name. The npm client refuses what is no plain URL part and what could be read
 * as a version range, because `npm install pkg@tag` could never reach it.
 */
export const isTagName = (tag: string): boolean =>
  tag !== '' &&
  tag.length <= 128 &&
  encodeURIComponent(tag) === tag &&
  !tag.startsWith('.') &&
  semver.validRange(tag) === null

/** Whether this is a version in the one form that versions are kept in: strict, without `v`, spaces or build metadata. */
export const isVersion = (version: string): boolean => version.length <= 256 && semver.valid(version) === version
