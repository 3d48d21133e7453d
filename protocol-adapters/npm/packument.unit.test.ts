import { describe, expect, it } from 'vitest'
import { effectiveTags } from './effective-tags.ts'
import { manifestFragments } from './manifest-fragment.ts'
import { packumentEtag, renderPackument, type PackumentInput, type PackumentVersion } from './packument.ts'
import { tarballPath } from './tarball-file.ts'

const name = '@s/n'
const fragmentsOf = (version: string, manifest: object = {}) =>
  manifestFragments({
    name,
    version,
    manifest: { name, version, description: `n ${version}`, ...manifest },
    digests: { sha1: '00'.repeat(20), sha512: '00'.repeat(64) },
  })
const versionOf = (version: string, more: Partial<PackumentVersion> = {}): PackumentVersion => ({
  version,
  fragment: fragmentsOf(version).full,
  tarballPath: tarballPath(name, version),
  time: `2026-01-01T00:00:0${version[0] ?? ''}.000Z`,
  ...more,
})
const input = (more: Partial<PackumentInput> = {}): PackumentInput => ({
  form: 'full',
  name,
  rev: '2-abc',
  distTags: { latest: '1.0.0', next: '2.0.0-rc.1' },
  versions: [versionOf('1.0.0', { deprecated: 'say "no"', publisher: 'jo' }), versionOf('2.0.0-rc.1')],
  time: { created: '2026-01-01T00:00:00.000Z', modified: '2026-02-01T00:00:00.000Z' },
  base: 'http://here:8420/npm/main/npm',
  hoisted: fragmentsOf('1.0.0').hoisted,
  readme: { text: '# n\nä', digest: 'r' },
  maintainers: ['jo', 'al'],
  users: ['al'],
  ...more,
})
const render = (more: Partial<PackumentInput> = {}) =>
  JSON.parse(Buffer.concat(renderPackument(input(more))).toString()) as Record<string, unknown>

describe('the full packument', () => {
  it('is what the public registry shows, without mail addresses', () => {
    const dist = (version: string) => ({
      integrity: `sha512-${Buffer.alloc(64).toString('base64')}`,
      shasum: '00'.repeat(20),
      tarball: `http://here:8420/npm/main/npm/@s/n/-/n-${version}.tgz`,
    })
    expect(render()).toEqual({
      _id: name,
      _rev: '2-abc',
      name,
      'dist-tags': { latest: '1.0.0', next: '2.0.0-rc.1' },
      versions: {
        '1.0.0': {
          name,
          version: '1.0.0',
          description: 'n 1.0.0',
          _id: '@s/n@1.0.0',
          dist: dist('1.0.0'),
          deprecated: 'say "no"',
          _npmUser: { name: 'jo' },
        },
        '2.0.0-rc.1': {
          name,
          version: '2.0.0-rc.1',
          description: 'n 2.0.0-rc.1',
          _id: '@s/n@2.0.0-rc.1',
          dist: dist('2.0.0-rc.1'),
        },
      },
      time: {
        created: '2026-01-01T00:00:00.000Z',
        modified: '2026-02-01T00:00:00.000Z',
        '1.0.0': '2026-01-01T00:00:01.000Z',
        '2.0.0-rc.1': '2026-01-01T00:00:02.000Z',
      },
      description: 'n 1.0.0',
      maintainers: [
        { name: 'jo', email: '' },
        { name: 'al', email: '' },
      ],
      users: { al: true },
      readme: '# n\nä',
    })
  })

  it('does without what is not known', () => {
    const { form, rev, distTags, versions, time, base } = input({ versions: [] })
    const least: PackumentInput = { form, name, rev, distTags, versions, time, base }
    const rendered = JSON.parse(Buffer.concat(renderPackument(least)).toString()) as object
    expect(Object.keys(rendered)).toEqual(['_id', '_rev', 'name', 'dist-tags', 'time', 'versions'])
    expect(rendered).toMatchObject({ versions: {}, 'dist-tags': {} })
  })

  it('comes in pieces when it is large', () => {
    const versions = Array.from({ length: 500 }, (_, patch) => versionOf(`1.0.${patch}`))
    const pieces = renderPackument(input({ versions }))
    expect(pieces.length).toBeGreaterThan(1)
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(128 * 1024)
    expect(Object.keys(render({ versions }).versions as object)).toHaveLength(500)
  })

  it('names the provenance that came with a version, in both forms, and no other', () => {
    const versions = [versionOf('1.0.0', { provenance: 'https://slsa.dev/provenance/v1' }), versionOf('2.0.0-rc.1')]
    for (const form of ['full', 'abbreviated'] as const) {
      const rendered = render({ form, versions }).versions as Record<string, { dist: object }>
      expect(rendered['1.0.0']?.dist).toMatchObject({
        attestations: {
          url: 'http://here:8420/npm/main/npm/-/npm/v1/attestations/@s%2fn@1.0.0',
          provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
        },
        tarball: 'http://here:8420/npm/main/npm/@s/n/-/n-1.0.0.tgz',
      })
      expect(rendered['2.0.0-rc.1']?.dist).not.toHaveProperty('attestations')
    }
  })

  it('stays JSON whatever the base holds', () => {
    expect(render({ base: 'http://here/"\\' }).versions).toMatchObject({
      '1.0.0': { dist: { tarball: 'http://here/"\\/@s/n/-/n-1.0.0.tgz' } },
    })
  })
})

describe('the abbreviated packument', () => {
  it('holds nothing but name, tags, versions and the time of the last change', () => {
    const rendered = render({ form: 'abbreviated' })
    expect(Object.keys(rendered)).toEqual(['name', 'dist-tags', 'modified', 'versions'])
    expect(rendered.versions).toMatchObject({ '1.0.0': { deprecated: 'say "no"' } })
    expect(JSON.stringify(rendered)).not.toContain('"jo"')
  })
})

describe('the ETag of a packument', () => {
  it('is strong and stays while nothing changes', () => {
    expect(packumentEtag(input())).toMatch(/^"[\w-]{32}"$/)
    expect(packumentEtag(input())).toBe(packumentEtag(input()))
  })

  const [first, second] = input().versions as [PackumentVersion, PackumentVersion]
  it.each<[string, Partial<PackumentInput>]>([
    ['form', { form: 'abbreviated' }],
    ['base', { base: 'http://there' }],
    ['rev', { rev: '3-abc' }],
    ['tags', { distTags: { latest: '2.0.0-rc.1' } }],
    ['time', { time: { created: input().time.created, modified: '2026-03-01T00:00:00.000Z' } }],
    ['readme', { readme: { text: '# n\nä', digest: 's' } }],
    ['maintainers', { maintainers: ['jo'] }],
    ['stars', { users: [] }],
    ['description', { hoisted: '' }],
    ['versions', { versions: [first] }],
    ['order of versions', { versions: [second, first] }],
    ['deprecation', { versions: [{ ...first, deprecated: undefined }, second] }],
    ['provenance', { versions: [{ ...first, provenance: 'p' }, second] }],
    ['publisher', { versions: [{ ...first, publisher: 'al' }, second] }],
    ['tarball path', { versions: [{ ...first, tarballPath: '/x.tgz' }, second] }],
    ['time of a version', { versions: [{ ...first, time: 'x' }, second] }],
    ['manifest', { versions: [{ ...first, fragment: fragmentsOf('1.0.0', { main: 'x' }).full }, second] }],
  ])('changes with the %s', (_what, more) => {
    expect(packumentEtag(input(more))).not.toBe(packumentEtag(input()))
  })

  it('of the abbreviated form does not change with what only the full form shows', () => {
    const abbreviated = packumentEtag(input({ form: 'abbreviated' }))
    expect(packumentEtag(input({ form: 'abbreviated', readme: undefined, users: [] }))).toBe(abbreviated)
  })
})

describe('the tags that are shown', () => {
  it.each([
    [{ latest: '1.0.0' }, ['1.0.0', '2.0.0'], { latest: '1.0.0' }],
    [{}, ['1.0.0', '10.0.0', '2.0.0', '11.0.0-rc.1'], { latest: '10.0.0' }],
    [{}, ['1.0.0-a', '1.0.0-b'], { latest: '1.0.0-b' }],
    [{ next: '2.0.0' }, ['2.0.0', '1.9.0'], { latest: '2.0.0', next: '2.0.0' }],
    [{ latest: '3.0.0', old: '0.1.0' }, ['1.0.0'], { latest: '1.0.0' }],
    [{ latest: '1.0.0' }, [], {}],
  ])('of %o over %o are %o', (tags, versions, shown) => {
    expect(effectiveTags(tags, versions)).toEqual(shown)
  })
})
