import semver from 'semver'

/**
 * The tags as they are shown: without those whose version is gone, and always with a `latest`, which clients rely on.
 * Where no tag says which version that is, it is the highest by semantic versioning that is no pre-release, or the highest
 * pre-release when there is nothing else; never simply the newest, or a fix of an old line would become it.
 */
export const effectiveTags = (
  tags: Readonly<Record<string, string>>,
  versions: readonly string[],
): Readonly<Record<string, string>> => {
  const known = new Set(versions)
  const shown = Object.entries(tags).filter(([, version]) => known.has(version))
  if (!shown.some(([tag]) => tag === 'latest')) {
    const latest = highest(versions.filter((version) => semver.prerelease(version) === null)) ?? highest(versions)
    if (latest !== undefined) shown.unshift(['latest', latest])
  }
  return Object.fromEntries(shown)
}

const highest = (versions: readonly string[]): string | undefined =>
  versions.reduce<string | undefined>(
    (best, version) => (best === undefined || semver.compareLoose(version, best) > 0 ? version : best),
    undefined,
  )
