import { describe, expect, it } from 'vitest'
import type { PublishedAttachment } from './publish-body.ts'
import { publicationOf } from './publish-document.ts'
import { isPublishError } from './publish-error.ts'
import { isTagName, isVersion } from './tag-name.ts'

const attachment = { stored: 'blob', size: 5, contentType: undefined }
const manifest = { name: 'n', version: '1.0.0', readme: 'from the manifest' }
const publish = (document: object = {}, files: readonly string[] = ['n-1.0.0.tgz']) =>
  publicationOf('n', {
    document: { _id: 'n', name: 'n', 'dist-tags': { next: '1.0.0' }, versions: { '1.0.0': manifest }, ...document },
    attachments: new Map<string, PublishedAttachment<string>>(
      files.map((file) => [file, { ...attachment, stored: file }]),
    ),
  })
const codeOf = (...args: Parameters<typeof publish>): string => {
  try {
    publish(...args)
    return 'accepted'
  } catch (error) {
    return isPublishError(error) ? error.code : String(error)
  }
}

describe('a publish document', () => {
  it('asks for one version with its tags and tarball', () => {
    expect(publish()).toEqual({
      name: 'n',
      version: '1.0.0',
      manifest,
      tags: ['next'],
      readme: 'from the manifest',
      tarball: { ...attachment, stored: 'n-1.0.0.tgz' },
      provenance: undefined,
    })
  })

  it('may carry a readme of its own, a sigstore bundle, and no tags', () => {
    const files = ['n-1.0.0.sigstore', 'n-1.0.0.tgz']
    const publication = publish({ readme: 'own', 'dist-tags': undefined }, files)
    expect(publication).toMatchObject({ readme: 'own', tags: [], provenance: { stored: 'n-1.0.0.sigstore' } })
  })

  it.each([
    ['name-mismatch', { name: 'm' }],
    ['name-mismatch', { _id: 'm' }],
    ['no-version', { versions: {} }],
    ['no-version', { versions: undefined }],
    ['no-version', { versions: 'text' }],
    ['several-versions', { versions: { '1.0.0': manifest, '1.0.1': manifest } }],
    ['invalid-manifest', { versions: { '1.0.0': 'text' } }],
    ['invalid-version', { versions: { 'v1.0.0': manifest } }],
    ['invalid-version', { versions: { '1.0.0+build': manifest } }],
    ['invalid-version', { versions: { '1.0': manifest } }],
    ['invalid-version', { versions: JSON.parse('{"__proto__":{}}') as object }],
    ['invalid-tag', { 'dist-tags': { '1.x': '1.0.0' } }],
    ['invalid-tag', { 'dist-tags': 'latest' }],
    ['tag-mismatch', { 'dist-tags': { latest: '0.9.0' } }],
    ['accepted', { 'dist-tags': { latest: '1.0.0', next: '1.0.0' }, _id: undefined }],
  ])('is %s with %o', (code, document) => {
    expect(codeOf(document)).toBe(code)
  })

  it('is refused without exactly one tarball', () => {
    expect(codeOf({}, [])).toBe('no-tarball')
    expect(codeOf({}, ['n-1.0.0.sigstore'])).toBe('no-tarball')
    expect(codeOf({}, ['a.tgz', 'b.tgz'])).toBe('no-tarball')
  })
})

describe('names of tags and versions', () => {
  it('a tag is a word that is no version range', () => {
    expect(['latest', 'next', 'release-1', 'v', 'beta.2'].filter((tag) => !isTagName(tag))).toEqual([])
    const refused = ['', '1', 'v1', '1.x', '1.0.0', '>1', '*', 'x', 'a b', 'a/b', 'ä', '.a', 'a'.repeat(129)]
    expect(refused.filter(isTagName)).toEqual([])
  })

  it('a version is strict', () => {
    expect(['1.0.0', '1.0.0-rc.1', '0.0.0'].filter((version) => !isVersion(version))).toEqual([])
    expect(['1', '1.0', '01.0.0', '=1.0.0', ' 1.0.0', '1.0.0+a', '1.0.0-01', ''].filter(isVersion)).toEqual([])
  })
})
