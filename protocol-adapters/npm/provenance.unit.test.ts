import { describe, expect, it } from 'vitest'
import { predicateTypeOf } from './provenance.ts'

const subject = { name: '@s/n', version: '1.0.0', sha512: 'ab'.repeat(64) }
const bundle = (statement: object): string =>
  JSON.stringify({ dsseEnvelope: { payload: Buffer.from(JSON.stringify(statement)).toString('base64') } })
const about = (name = 'pkg:npm/%40s/n@1.0.0', sha512 = subject.sha512) => ({ name, digest: { sha512 } })
const statement = (more: object = {}) => bundle({ predicateType: 'p', subject: [about()], ...more })

const codeOf = (text: string): string => {
  try {
    return `accepted as ${predicateTypeOf(text, subject)}`
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a bundle', () => {
  it('about the tarball has the type of its predicate', () => {
    expect(codeOf(statement())).toBe('accepted as p')
    const plain = bundle({ predicateType: 'p', subject: [about('pkg:npm/n@1.0.0')] })
    expect(predicateTypeOf(plain, { ...subject, name: 'n' })).toBe('p')
  })

  it.each([
    '',
    '[]',
    '{}',
    '{"dsseEnvelope":{}}',
    '{"dsseEnvelope":{"payload":"bm8="}}',
    bundle({ subject: [about()] }),
  ])('is none: %s', (text) => expect(codeOf(text)).toBe('invalid-provenance'))

  it.each(['a b', 'a\nb', '', 'p'.repeat(201)])('has no predicate of the type %j', (predicateType) =>
    expect(codeOf(statement({ predicateType }))).toBe('invalid-provenance'),
  )

  it.each([
    [[]],
    [[about(), about()]],
    [[about('pkg:npm/n@1.0.0')]],
    [[about('pkg:npm/%40s/n@1.0.1')]],
    [[about(undefined, 'cd'.repeat(64))]],
    [[{ name: about().name }]],
    ['no list'],
  ])('about %j is about something else', (list) =>
    expect(codeOf(statement({ subject: list }))).toBe('provenance-mismatch'),
  )
})
