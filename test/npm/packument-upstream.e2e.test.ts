import { describe, expect, it } from 'vitest'
import { manifestFragments, type Fragment } from '../../protocol-adapters/npm/manifest-fragment.ts'
import { renderPackument } from '../../protocol-adapters/npm/packument.ts'
import { isPublishError } from '../../protocol-adapters/npm/publish-error.ts'
import { tarballPath } from '../../protocol-adapters/npm/tarball-file.ts'
import { need } from '../servers.ts'
import { upstreamRegistry } from '../upstream.ts'

type Json = Record<string, unknown>
interface Manifest extends Json {
  readonly scripts?: unknown
  readonly deprecated?: unknown
  readonly dist: { readonly integrity?: string; readonly shasum: string }
}
interface Packument {
  readonly name: string
  readonly 'dist-tags': Record<string, string>
  readonly versions: Record<string, Manifest>
  readonly time?: Record<string, string>
}

/** Old and new, scoped and not, with scripts, binaries, platforms, optional peers, pre-releases, odd manifests. */
const NAMES = [
  ...['is-number', 'left-pad', 'semver', 'ms', 'debug', 'chalk', 'commander', 'yargs', 'minimist', 'glob', 'async'],
  ...['express', 'uuid', 'fsevents', 'bufferutil', 'utf-8-validate', 'es5-ext', 'protobufjs', 'husky', 'ws', 'request'],
  ...['JSONStream', 'node-fetch', 'node-gyp-build', 'zustand', 'postcss', '@napi-rs/triples', '@types/ms'],
  ...['@sindresorhus/is', '@swc/types', '@babel/core'],
]

const COMPARED = [
  ...[
    'name',
    'version',
    'dependencies',
    'optionalDependencies',
    'devDependencies',
    'peerDependencies',
    'engines',
    'os',
  ],
  ...['peerDependenciesMeta', 'bundleDependencies', 'cpu', 'libc', 'funding', 'deprecated', 'hasInstallScript'],
]

const fetchPackument = async (registry: string, name: string, accept: string): Promise<Packument> => {
  const response = await fetch(registry + name.replace('/', '%2f'), { headers: { accept } })
  if (!response.ok) throw new Error(`upstream answered ${response.status} for ${name}`)
  return (await response.json()) as Packument
}

/** Published again from what the upstream shows, with digests only where it states a sha512. */
const republished = (name: string, version: string, manifest: Manifest) => {
  const { dist } = manifest
  const integrity = /sha512-(\S+)/.exec(dist.integrity ?? '')?.[1]
  const digests = { sha1: dist.shasum, sha512: Buffer.from(integrity ?? '', 'base64').toString('hex') }
  return manifestFragments({ name, version, manifest, digests })
}

const rendered = (upstream: Packument, fragments: ReadonlyMap<string, Fragment>): Packument => {
  const versions = [...fragments].map(([version, fragment]) => {
    const message = upstream.versions[version]?.deprecated
    return {
      version,
      fragment,
      tarballPath: tarballPath(upstream.name, version),
      time: '2026-01-01T00:00:00.000Z',
      deprecated: typeof message === 'string' && message !== '' ? message : undefined,
    }
  })
  const pieces = renderPackument({
    form: 'abbreviated',
    name: upstream.name,
    rev: '1-a',
    distTags: upstream['dist-tags'],
    versions,
    time: { created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z' },
    base: 'http://here',
  })
  return JSON.parse(Buffer.concat(pieces).toString()) as Packument
}

/** One way to say nothing, and what npm reads out of what may be said in two ways. */
const plain = (name: string, manifest: Manifest): Json => {
  const said = (value: unknown) =>
    value === null || value === '' || value === false || (typeof value === 'object' && Object.keys(value).length === 0)
      ? undefined
      : value
  const { bin, bundledDependencies, scripts = {}, dist } = manifest
  const runs = ['preinstall', 'install', 'postinstall'].some((script) => said((scripts as Json)[script]) !== undefined)
  return {
    ...Object.fromEntries(COMPARED.map((field) => [field, said(manifest[field])])),
    bundleDependencies: said(manifest.bundleDependencies ?? bundledDependencies),
    bin: said(typeof bin === 'string' ? { [name.replace(/^.*\//, '')]: bin } : bin),
    hasInstallScript: manifest.hasInstallScript === true || runs || manifest.gypfile === true || undefined,
    dist: { integrity: dist.integrity, shasum: dist.shasum },
  }
}

const upstream = await need('upstream')

describe.skipIf(upstream.missing)('an abbreviated packument of ours', () => {
  it.each(NAMES)('says of %s what the public registry says', async (name) => {
    const registry = await upstreamRegistry()
    const full = await fetchPackument(registry, name, 'application/json')
    const abbreviated = await fetchPackument(registry, name, 'application/vnd.npm.install-v1+json')
    const fragments = new Map<string, Fragment>()
    const refused: string[] = []
    for (const [version, manifest] of Object.entries(full.versions)) {
      try {
        fragments.set(version, republished(name, version, manifest).abbreviated)
      } catch (error) {
        if (!isPublishError(error)) throw error
        refused.push(`${version} ${error.code} ${error.detail}`)
      }
    }
    expect(refused).toEqual([])
    const ours = rendered(full, fragments)
    expect(fragments.size).toBeGreaterThan(0)
    expect(ours.name).toBe(abbreviated.name)
    expect(ours['dist-tags']).toEqual(abbreviated['dist-tags'])
    expect(Object.keys(ours.versions)).toEqual(Object.keys(abbreviated.versions))
    for (const [version, manifest] of Object.entries(ours.versions)) {
      // A mirror may leave the fields out that only the abbreviated form states; the full one then gives the reason for them.
      const theirs = { ...full.versions[version], ...abbreviated.versions[version] } as Manifest
      expect(plain(name, manifest)).toEqual(plain(name, theirs))
      expect(manifest.dist).toMatchObject({ tarball: `http://here${tarballPath(name, version)}` })
    }
  })
})
