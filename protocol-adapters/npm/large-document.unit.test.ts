import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsePublishBody } from './publish-body.ts'

/** With nothing kept whole, so that small documents show what becomes of large ones. */
const parse = async (body: string, size = 7): Promise<Record<string, unknown>> => {
  const bytes = Buffer.from(body)
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
  const onAttachment = () => Promise.reject(new Error('there is none'))
  return (await parsePublishBody(Readable.from(chunks), { onAttachment, maxWholeBytes: 0 })).document
}

interface Manifest {
  readonly [key: string]: unknown
  readonly deprecated?: unknown
}
type Document = { readonly versions: Record<string, Manifest>; readonly [key: string]: unknown }

/** What must be left of a document: the first manifest, and of the others whether they are deprecated. */
const pruned = ({ versions, ...rest }: Document): unknown => ({
  ...rest,
  versions: Object.fromEntries(
    Object.entries(versions).map(([version, manifest], index) => [
      version,
      index === 0 ? manifest : 'deprecated' in manifest ? { deprecated: manifest.deprecated } : {},
    ]),
  ),
})

const FIRST = { name: 'n', scripts: { test: 'x' }, dependencies: { a: '1' } }

describe('of a large packument that is sent back', () => {
  it('the first manifest is kept, of the others only their deprecation', async () => {
    const document = {
      _id: 'n',
      versions: {
        '1.0.0': FIRST,
        '1.1.0': { ...FIRST, deprecated: 'a "quoted", {braced} reason' },
        '1.2.0': { deprecated: '', ...FIRST },
        '1.3.0': { a: [{ deprecated: 'not this' }, '}'], b: { deprecated: 1 } },
        '1.4.0': {},
        '1.5.0': { deprecated: { nested: ['[', 1] } },
      },
      'dist-tags': { latest: '1.0.0' },
    }
    for (const size of [1, 2, 3, 7, 64, 10_000])
      expect(await parse(JSON.stringify(document), size)).toEqual(pruned(document))
    expect(await parse(JSON.stringify(document, null, 2))).toEqual(pruned(document))
  })

  it('the last of two deprecations counts, as for JSON.parse, however it is written', async () => {
    const body =
      '{"versions":{"1":{},"2":{"deprecated":"a","x":1,"\\u0064eprecated" : "b" },"3":{"x":1,"deprecated":false}}}'
    for (const size of [1, 5, 1000])
      expect(await parse(body, size)).toEqual({ versions: { 1: {}, 2: { deprecated: 'b' }, 3: { deprecated: false } } })
  })

  it('manifests elsewhere, and versions that are no manifests, stay as they are', async () => {
    const document = { other: { versions: { 1: FIRST, 2: FIRST } }, versions: { 1: 2, 2: [FIRST], 3: FIRST }, time: {} }
    expect(await parse(JSON.stringify(document))).toEqual(document)
  })

  it('what is skipped must close as it opened', async () => {
    for (const wrong of ['[}', '{]', '[[}]', ']'])
      await expect(parse(`{"versions":{"1":{},"2":{"x":${wrong}}}}`)).rejects.toMatchObject({
        name: 'PublishBodyError',
      })
  })

  it('as much is kept, whatever the manifests hold', async () => {
    const key = fc.oneof(fc.constantFrom('deprecated', 'dist', '__proto__', 'a"b'), fc.string())
    const manifest = fc.dictionary(key, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6, noNullPrototype: true })
    const versions = fc.dictionary(fc.string(), manifest, { maxKeys: 5, noNullPrototype: true })
    await fc.assert(
      fc.asyncProperty(versions, fc.integer({ min: 1, max: 40 }), async (held, size) => {
        const text = JSON.stringify({ name: 'n', versions: held, last: 1 })
        expect(await parse(text, size)).toEqual(pruned(JSON.parse(text) as Document))
      }),
    )
  })

  it('nothing is left out below a megabyte', async () => {
    const versions = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`1.${index}.0`, FIRST]))
    const onAttachment = () => Promise.reject(new Error('there is none'))
    const { document } = await parsePublishBody(Readable.from([Buffer.from(JSON.stringify({ versions }))]), {
      onAttachment,
    })
    expect(document).toEqual({ versions })
  })
})
