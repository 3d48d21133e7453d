import { expect, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import { packageVersionStream, type PackageVersionEvent } from './events.ts'
import { packageVersion, type PublishPackageVersion } from './package-version.ts'

const given = scenarios(packageVersion)

const at = {
  repositoryId: 'r1',
  project: 'main',
  repository: 'npm',
  format: 'npm',
  package: 'left',
  version: '1.0.0',
} as const
const digests = { md5: '0'.repeat(32), sha1: '0'.repeat(40), sha256: 'a'.repeat(64), sha512: '0'.repeat(128) }
const files = [{ name: 'left-1.0.0.tgz', size: 3, ...digests }]
const content = { files, manifest: 'b'.repeat(64), tags: ['latest'] }
const publish: PublishPackageVersion = { type: 'PublishPackageVersion', at, ...content, overwrite: false }
const published: PackageVersionEvent = { type: 'PackageVersionPublished', data: { ...at, ...content } }
const deprecated: PackageVersionEvent = { type: 'PackageVersionDeprecated', data: { ...at, message: 'old' } }
const yanked: PackageVersionEvent = { type: 'PackageVersionYanked', data: { ...at, reason: 'broken' } }
const deleted: PackageVersionEvent = { type: 'PackageVersionDeleted', data: at }

it('is published with its files and tags', () => given().when(publish).then(published))

it('is published with everything that it may bring', () => {
  const more = { readme: 'c'.repeat(64), about: { description: 'pads' }, deprecated: 'born old' }
  given()
    .when({ ...publish, ...more })
    .then({ type: 'PackageVersionPublished', data: { ...at, ...content, ...more } })
})

it('is never published twice, with the same content or other', () => {
  given(published).when(publish).thenRefused('version-immutable')
  given(published)
    .when({ ...publish, manifest: 'd'.repeat(64) })
    .thenRefused('version-immutable')
})

it('does not give the number of a removed version again', () =>
  given(published, deleted).when(publish).thenRefused('version-immutable'))

it('replaces a version where the repository lets it, and says so', () =>
  given(published)
    .when({ ...publish, overwrite: true })
    .then({ type: 'PackageVersionPublished', data: { ...at, ...content, replaces: true } }))

it('replaces nothing when the version was removed before', () =>
  given(published, deleted)
    .when({ ...publish, overwrite: true })
    .then(published))

it('is deprecated, with another message again, and cleared', () => {
  given(published).when({ type: 'DeprecateVersion', at, message: 'old' }).then(deprecated)
  given(published, deprecated).when({ type: 'DeprecateVersion', at, message: 'old' }).thenNothingHappened()
  given(published, deprecated)
    .when({ type: 'DeprecateVersion', at, message: 'older' })
    .then({ type: 'PackageVersionDeprecated', data: { ...at, message: 'older' } })
  given(published, deprecated)
    .when({ type: 'DeprecateVersion', at, message: undefined })
    .then({ type: 'PackageVersionUndeprecated', data: at })
  given(published).when({ type: 'DeprecateVersion', at, message: undefined }).thenNothingHappened()
  given(published, deprecated, { type: 'PackageVersionUndeprecated', data: at })
    .when({ type: 'DeprecateVersion', at, message: 'old' })
    .then(deprecated)
})

it('knows that it was born deprecated', () =>
  given({ type: 'PackageVersionPublished', data: { ...at, ...content, deprecated: 'old' } })
    .when({ type: 'DeprecateVersion', at, message: 'old' })
    .thenNothingHappened())

it('is yanked and unyanked', () => {
  given(published).when({ type: 'YankVersion', at, reason: 'broken' }).then(yanked)
  given(published, yanked).when({ type: 'YankVersion', at, reason: 'broken' }).thenNothingHappened()
  given(published, yanked)
    .when({ type: 'YankVersion', at, reason: undefined })
    .then({ type: 'PackageVersionUnyanked', data: at })
  given(published).when({ type: 'YankVersion', at, reason: undefined }).thenNothingHappened()
  given(published, yanked, { type: 'PackageVersionUnyanked', data: at })
    .when({ type: 'YankVersion', at, reason: 'broken' })
    .then(yanked)
})

it('keeps a yank apart from a deprecation', () => {
  given(published, yanked, deprecated).when({ type: 'YankVersion', at, reason: 'broken' }).thenNothingHappened()
  given(published, deprecated, yanked).when({ type: 'DeprecateVersion', at, message: 'old' }).thenNothingHappened()
})

it('starts without marks when it is replaced', () => {
  const replaced: PackageVersionEvent = { type: 'PackageVersionPublished', data: { ...at, ...content, replaces: true } }
  given(published, deprecated, yanked, replaced)
    .when({ type: 'YankVersion', at, reason: undefined })
    .thenNothingHappened()
  given(published, deprecated, yanked, replaced)
    .when({ type: 'DeprecateVersion', at, message: undefined })
    .thenNothingHappened()
})

it('is deleted once', () => {
  given(published).when({ type: 'DeleteVersion', at }).then(deleted)
  given(published, deleted).when({ type: 'DeleteVersion', at }).thenRefused('not-found')
})

it.each([
  { type: 'DeprecateVersion', at, message: 'old' },
  { type: 'YankVersion', at, reason: 'broken' },
  { type: 'DeleteVersion', at },
] as const)('$type finds no version that was never published or was deleted', (command) => {
  given().when(command).thenRefused('not-found')
  given(published, deleted).when(command).thenRefused('not-found')
})

it('keeps keys apart that read alike when joined', () => {
  const one = packageVersionStream({ ...at, package: 'a/b', version: 'c' })
  expect(packageVersionStream({ ...at, package: 'a', version: 'b/c' })).not.toBe(one)
  expect(one).toMatch(/^packageVersion-[0-9a-f]{64}$/)
})
