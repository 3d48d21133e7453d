import { readFile } from 'node:fs/promises'
import semver from 'semver'
import { beforeAll, describe, expect, it } from 'vitest'
import { manifestFragments } from '../../protocol-adapters/npm/manifest-fragment.ts'
import { isNewPackageName } from '../../protocol-adapters/npm/package-name.ts'
import { need } from '../servers.ts'
import { corpus, corpusDependencies, fetchCorpus } from './corpus.ts'
import { tarballManifest } from './tarball-manifest.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly bin?: unknown
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly publishConfig?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

const upstream = await need('upstream')

describe.skipIf(upstream.missing)('the corpus of real packages', () => {
  const manifests: Manifest[] = []
  let bytes = 0

  beforeAll(async () => {
    const files = await fetchCorpus()
    for (const { name, version } of corpus) {
      const tarball = await readFile(files.get(`${name}@${version}`) ?? '')
      bytes += tarball.length
      manifests.push(tarballManifest(tarball) as unknown as Manifest)
    }
  }, 600_000)

  it('is 300 versions of less than 60 MB, each under a name that can be published', () => {
    expect(corpus).toHaveLength(300)
    expect(bytes).toBeLessThan(60_000_000)
    expect(manifests.map(({ name, version }) => ({ name, version }))).toEqual(
      corpus.map(({ name, version }) => ({ name, version })),
    )
    expect(corpus.filter(({ name }) => !isNewPackageName(name))).toEqual([])
  })

  it('lists the versions of a package upwards', () => {
    const misplaced = corpus.filter(({ name, version }, index) => {
      const before = corpus[index - 1]
      return before?.name === name && semver.gte(before.version, version)
    })
    expect(misplaced).toEqual([])
  })

  it('is closed over dependencies, so that it installs from one registry that holds nothing else', () => {
    const satisfied = (name: string, range: string): boolean => {
      const [, alias, of] = /^npm:(.+)@(.+)$/.exec(range) ?? []
      return corpus.some((entry) => entry.name === (alias ?? name) && semver.satisfies(entry.version, of ?? range))
    }
    const missing = manifests.flatMap((manifest) => {
      const needed = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies })
      const peers = Object.entries(manifest.peerDependencies ?? {}).filter(
        ([name]) => manifest.peerDependenciesMeta?.[name]?.optional !== true,
      )
      return [...needed, ...peers].filter(([name, range]) => !satisfied(name, range)).map((pair) => pair.join('@'))
    })
    expect(missing).toEqual([])
    expect(Object.entries(corpusDependencies).filter(([name, version]) => !satisfied(name, version))).toEqual([])
  })

  it('has every kind of package that registries have stumbled over', () => {
    const having = (test: (manifest: Manifest) => unknown): number => manifests.filter(test).length
    expect(having(({ name }) => name.startsWith('@'))).toBeGreaterThan(30)
    expect(having(({ bin }) => bin)).toBeGreaterThan(15)
    expect(having(({ scripts }) => scripts?.install ?? scripts?.postinstall)).toBeGreaterThan(2)
    expect(having(({ publishConfig }) => publishConfig)).toBeGreaterThan(20)
    expect(having(({ publishConfig }) => publishConfig?.registry)).toBeGreaterThan(1)
    expect(having(({ publishConfig }) => publishConfig?.tag)).toBeGreaterThan(0)
    expect(having((manifest) => 'private' in manifest)).toBeGreaterThan(0)
    expect(having(({ optionalDependencies }) => optionalDependencies)).toBeGreaterThan(0)
    expect(having(({ peerDependenciesMeta }) => peerDependenciesMeta)).toBeGreaterThan(0)
    expect(new Set(corpus.map(({ name }) => name)).size).toBeLessThan(290)
  })

  it('holds no manifest that a publish would be refused for', () => {
    const digests = { sha1: '00'.repeat(20), sha512: '00'.repeat(64) }
    for (const manifest of manifests) {
      const { name, version } = manifest
      const { full } = manifestFragments({ name, version, manifest: { ...manifest }, digests })
      expect(JSON.parse(`${full.head}${full.tail}}`)).toMatchObject({ name, version })
    }
  })
})
