import { describe, expect, it } from 'vitest'
import { packumentChanges, type HeldPackument } from './packument-changes.ts'

const held: HeldPackument = {
  name: 'n',
  rev: '3-abc',
  versions: new Map([
    ['1.0.0', 'old'],
    ['1.1.0', undefined],
    ['2.0.0', undefined],
  ]),
  shownTags: { latest: '2.0.0', lts: '1.1.0', two: '2.0.0' },
  maintainers: ['jo', 'al'],
}
type Document = Record<string, unknown> & {
  versions: Record<string, Record<string, unknown>>
  'dist-tags': Record<string, string>
}
/** The packument as a client reads it. */
const read = (): Document => ({
  _id: 'n',
  _rev: '3-abc',
  name: 'n',
  versions: { '1.0.0': { deprecated: 'old' }, '1.1.0': {}, '2.0.0': {} },
  'dist-tags': { latest: '2.0.0', lts: '1.1.0', two: '2.0.0' },
  maintainers: [{ name: 'jo' }, { name: 'al' }],
  users: { al: true },
  time: {},
})
const without = (...versions: string[]): Document => {
  const document = read()
  const left = Object.entries(document.versions).filter(([version]) => !versions.includes(version))
  const tags = Object.entries(document['dist-tags']).filter(([, version]) => !versions.includes(version))
  return { ...document, versions: Object.fromEntries(left), 'dist-tags': Object.fromEntries(tags) }
}
const put = (document: Record<string, unknown>) => packumentChanges(held, { via: 'packument', by: 'jo', document })
const putRev = (document: Record<string, unknown>, rev = '3-abc') =>
  packumentChanges(held, { via: 'packument-rev', by: 'jo', rev, document })

describe('a packument that is put back', () => {
  it('unchanged asks for nothing', () => {
    expect(put(read())).toEqual([])
    expect(putRev(read())).toEqual([])
  })

  it('deprecates with a message, changes it, and takes it back with an empty one', () => {
    const document = read()
    document.versions = { '1.0.0': { deprecated: '' }, '1.1.0': { deprecated: 'use 2' }, '2.0.0': { deprecated: '' } }
    expect(put(document)).toEqual([
      { kind: 'undeprecate', version: '1.0.0' },
      { kind: 'deprecate', version: '1.1.0', message: 'use 2' },
    ])
    document.versions = { '1.0.0': { deprecated: 'older' }, '1.1.0': { deprecated: false }, '2.0.0': { deprecated: 1 } }
    expect(put(document)).toEqual([
      { kind: 'deprecate', version: '1.0.0', message: 'older' },
      { kind: 'unsupported', reason: 'message-not-text', detail: '2.0.0' },
    ])
  })

  it('removes nothing by leaving it out, unless it goes to the revision', () => {
    expect(put({ ...without('1.1.0'), 'dist-tags': {} })).toEqual([])
  })

  it('unpublishes the versions that are gone, and their tags with them', () => {
    expect(putRev(without('1.1.0'))).toEqual([{ kind: 'delete-version', version: '1.1.0' }])
    const document = without('2.0.0')
    document['dist-tags'].latest = '1.1.0'
    expect(putRev(document)).toEqual([
      { kind: 'set-tag', tag: 'latest', version: '1.1.0' },
      { kind: 'delete-version', version: '2.0.0' },
    ])
    expect(putRev(without('1.0.0', '1.1.0', '2.0.0'))).toHaveLength(3)
  })

  it('sets and removes tags', () => {
    const document = { ...read(), 'dist-tags': { latest: '1.1.0', two: '2.0.0' } }
    expect(putRev(document)).toEqual([
      { kind: 'set-tag', tag: 'latest', version: '1.1.0' },
      { kind: 'remove-tag', tag: 'lts' },
    ])
  })

  it('does not bring in what only a publish can', () => {
    const document = read()
    document.versions['3.0.0'] = {}
    document['dist-tags'] = { ...document['dist-tags'], next: '3.0.0', '1.x': '1.0.0' }
    expect(put(document)).toEqual([
      { kind: 'unsupported', reason: 'version-without-tarball', detail: '3.0.0' },
      { kind: 'unsupported', reason: 'impossible-tag', detail: 'next' },
      { kind: 'unsupported', reason: 'impossible-tag', detail: '1.x' },
    ])
  })

  it('cannot point a tag to a version that it removes', () => {
    const document = { ...without('1.1.0'), 'dist-tags': { latest: '2.0.0', two: '2.0.0', next: '1.1.0' } }
    expect(putRev(document)).toEqual([
      { kind: 'unsupported', reason: 'impossible-tag', detail: 'next' },
      { kind: 'delete-version', version: '1.1.0' },
    ])
  })

  it('with nothing but maintainers changes owners and no version', () => {
    const document = { _id: 'n', _rev: '3-abc', maintainers: [{ name: 'al', email: 'x' }, { name: 'cy' }] }
    expect(putRev(document)).toEqual([
      { kind: 'add-maintainer', login: 'cy' },
      { kind: 'remove-maintainer', login: 'jo' },
    ])
  })

  it('with nothing but users stars, for who sends it', () => {
    expect(put({ _id: 'n', _rev: '3-abc', users: { al: true, jo: true } })).toEqual([{ kind: 'star' }])
    expect(put({ _id: 'n', _rev: '3-abc', users: { al: true } })).toEqual([{ kind: 'unstar' }])
    expect(put({ ...read(), users: {} })).toEqual([])
  })

  it('is stale when it was read before the last change', () => {
    expect(put({ ...read(), _rev: '2-abc' })).toBe('stale')
    expect(putRev(without('1.0.0'), '2-abc')).toBe('stale')
    expect(putRev({ ...read(), _rev: '2-abc' })).toBe('stale')
    const { _rev, ...revless } = read()
    expect(put(revless)).toEqual([])
  })

  it('is refused for another package', () => {
    expect(() => put({ ...read(), _id: 'm' })).toThrow(expect.objectContaining({ code: 'name-mismatch' }))
  })

  it('is not fooled by the names of Object members', () => {
    const document = JSON.parse(
      '{"versions":{"__proto__":{},"constructor":{}},"dist-tags":{"__proto__":"1.0.0"}}',
    ) as Document
    expect(put(document)).toEqual([
      { kind: 'unsupported', reason: 'version-without-tarball', detail: '__proto__' },
      { kind: 'unsupported', reason: 'version-without-tarball', detail: 'constructor' },
      { kind: 'set-tag', tag: '__proto__', version: '1.0.0' },
    ])
  })
})
