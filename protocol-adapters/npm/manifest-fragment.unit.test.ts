import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { manifestFragments, type Fragment, type ManifestInput } from './manifest-fragment.ts'
import { isPublishError } from './publish-error.ts'

const tarball = Buffer.from('bytes')
const digest = (algorithm: string, encoding: 'hex' | 'base64' = 'hex') =>
  createHash(algorithm).update(tarball).digest(encoding)
const digests = { sha1: digest('sha1'), sha512: digest('sha512') }
const integrity = `sha512-${digest('sha512', 'base64')}`

const fragments = (manifest: object = {}, more: Partial<ManifestInput> = {}) => {
  const coordinates = { name: '@s/n', version: '1.0.0' }
  return manifestFragments({ ...coordinates, manifest: { ...coordinates, ...manifest }, digests, ...more })
}
const whole = ({ head, tail }: Fragment, more = ''): Record<string, unknown> =>
  JSON.parse(`${head}http://here/x.tgz${tail}${more}}`) as Record<string, unknown>
const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'accepted'
  } catch (error) {
    return isPublishError(error) ? `${error.code}: ${error.detail}` : String(error)
  }
}

describe('the fragments of a manifest', () => {
  it('are whole objects once the tarball is filled in, and take further members at the end', () => {
    const { full, abbreviated } = fragments({ main: 'a.js', dependencies: { a: '1' } })
    const dist = { integrity, shasum: digests.sha1, tarball: 'http://here/x.tgz' }
    expect(whole(full)).toEqual({
      name: '@s/n',
      version: '1.0.0',
      main: 'a.js',
      dependencies: { a: '1' },
      _id: '@s/n@1.0.0',
      dist,
    })
    expect(whole(abbreviated, ',"deprecated":"no"')).toEqual({
      name: '@s/n',
      version: '1.0.0',
      dependencies: { a: '1' },
      dist,
      deprecated: 'no',
    })
    expect(full.head.endsWith('"tarball":"')).toBe(true)
  })

  it('have a digest that only equal fragments share', () => {
    const one = fragments({ main: 'a.js' })
    expect(fragments({ main: 'a.js' })).toEqual(one)
    expect(fragments({ main: 'b.js' }).full.digest).not.toBe(one.full.digest)
    expect(fragments({ main: 'b.js' }).abbreviated.digest).toBe(one.abbreviated.digest)
  })

  it('keep of the abbreviated form what installing needs, and nothing that is empty', () => {
    const kept = {
      dependencies: { a: '1' },
      optionalDependencies: { b: '1' },
      devDependencies: { c: '1' },
      bundleDependencies: ['a'],
      peerDependencies: { d: '1' },
      peerDependenciesMeta: { d: { optional: true } },
      acceptDependencies: { a: '2' },
      bin: { n: 'n.js' },
      directories: { lib: 'lib' },
      engines: { node: '>=20' },
      os: ['linux'],
      cpu: ['x64'],
      libc: ['musl'],
      funding: 'https://example.org',
      _hasShrinkwrap: false,
    }
    const dropped = { description: 'd', scripts: { test: 't' }, author: 'a', _nodeVersion: '24.0.0' }
    const shown = whole(fragments({ ...kept, ...dropped }).abbreviated)
    expect(shown).toEqual({ name: '@s/n', version: '1.0.0', ...kept, dist: shown.dist })
    const empty = { dependencies: {}, engines: {}, os: [], bin: null, funding: '', bundleDependencies: undefined }
    expect(Object.keys(whole(fragments(empty).abbreviated))).toEqual(['name', 'version', 'dist'])
  })

  it('drop what the registry states itself and what the client keeps for its own use', () => {
    const manifest = {
      readme: '# n',
      readmeFilename: 'README.md',
      maintainers: [{ name: 'jo', email: 'jo@example.org' }],
      _npmUser: { name: 'jo', email: 'jo@example.org' },
      _resolved: 'file:/home/jo/n-1.0.0.tgz',
      _integrity: 'sha512-x',
      _from: '.',
      _id: 'other',
      deprecated: 'old',
      users: { jo: true },
      dist: { tarball: 'http://elsewhere/n.tgz', integrity, signatures: [{ keyid: 'a' }], extra: 1 },
      _nodeVersion: '24.0.0',
      _npmVersion: 7,
      gitHead: 'abc',
    }
    const { full, hoisted, deprecated } = fragments(manifest)
    expect(whole(full)).toEqual({
      name: '@s/n',
      version: '1.0.0',
      _nodeVersion: '24.0.0',
      gitHead: 'abc',
      _id: '@s/n@1.0.0',
      dist: { integrity, shasum: digests.sha1, tarball: 'http://here/x.tgz' },
    })
    expect(JSON.parse(`{${hoisted}}`)).toEqual({ readmeFilename: 'README.md' })
    expect(deprecated).toBe('old')
  })

  it('do not carry a __proto__ key on', () => {
    const manifest = JSON.parse('{"name":"@s/n","version":"1.0.0","__proto__":{"polluted":1}}') as object
    const { full } = manifestFragments({ ...fragmentsInput, manifest: manifest as Record<string, unknown> })
    expect(full.head).not.toContain('polluted')
  })

  it.each([
    [{ scripts: { install: 'x' } }, true],
    [{ scripts: { preinstall: 'x' } }, true],
    [{ scripts: { postinstall: 'x' } }, true],
    [{ gypfile: true }, true],
    [{ scripts: { install: '' } }, undefined],
    [{ scripts: { test: 'x', prepare: 'x' }, hasInstallScript: true }, undefined],
    [{ scripts: 'install' }, undefined],
  ])('say whether %o runs a script on install', (manifest, expected) => {
    const { full, abbreviated } = fragments(manifest)
    expect(whole(full).hasInstallScript).toBe(expected)
    expect(whole(abbreviated).hasInstallScript).toBe(expected)
  })

  it('know one form of what may be written in two', () => {
    expect(whole(fragments({ bin: './cli.js' }).abbreviated).bin).toEqual({ n: './cli.js' })
    expect(whole(fragments({ bundledDependencies: ['a'] }).abbreviated).bundleDependencies).toEqual(['a'])
  })

  it('take counts from who looked into the tarball, else from the client', () => {
    const sent = { dist: { fileCount: 3, unpackedSize: -1 } }
    expect(whole(fragments(sent).full).dist).toMatchObject({ fileCount: 3 })
    expect(whole(fragments(sent).full).dist).not.toHaveProperty('unpackedSize')
    const contents = { fileCount: 4, unpackedSize: 10, hasShrinkwrap: true }
    const { abbreviated } = fragments({ ...sent, _hasShrinkwrap: false }, { contents })
    expect(whole(abbreviated)).toMatchObject({ _hasShrinkwrap: true, dist: { fileCount: 4, unpackedSize: 10 } })
    const none = { contents: { hasShrinkwrap: false } }
    expect(whole(fragments({ _hasShrinkwrap: true }, none).abbreviated)._hasShrinkwrap).toBe(false)
    expect(whole(fragments({}, none).abbreviated)).not.toHaveProperty('_hasShrinkwrap')
  })

  it('hoist the texts that describe a package', () => {
    const texts = { description: 'd "q"', keywords: ['k'], license: 'MIT', author: { name: 'a' } }
    expect(JSON.parse(`{${fragments({ ...texts, homepage: '', main: 'm' }).hoisted}}`)).toEqual(texts)
    expect(fragments().hoisted).toBe('')
  })
})

const fragmentsInput = { name: '@s/n', version: '1.0.0', digests }

describe('a manifest is refused', () => {
  it.each([
    ['name-mismatch: manifest', { name: '@s/m' }],
    ['name-mismatch: manifest', { name: undefined }],
    ['version-mismatch: 1.0.0', { version: '1.0.1' }],
    ['invalid-manifest: dependencies', { dependencies: { a: 1 } }],
    ['invalid-manifest: peerDependencies', { peerDependencies: ['a'] }],
    ['invalid-manifest: devDependencies', { devDependencies: 'a' }],
    ['invalid-manifest: optionalDependencies', { optionalDependencies: { a: null } }],
    ['integrity-mismatch: shasum', { dist: { shasum: '0'.repeat(40) } }],
    ['integrity-mismatch: sha512', { dist: { integrity: 'sha512-AAAA' } }],
    ['integrity-mismatch: sha1', { dist: { integrity: `sha1-AAAA ${integrity}` } }],
    ['accepted', { dist: { integrity: `sha512-AAAA ${integrity}?opt sha384-x`, shasum: digests.sha1.toUpperCase() } }],
    ['accepted', { dist: 'none' }],
  ])('as %s', (code, manifest) => {
    expect(codeOf(() => fragments(manifest))).toBe(code)
  })
})
