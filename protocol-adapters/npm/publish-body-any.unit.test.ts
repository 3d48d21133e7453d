import { Readable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPublishBodyError } from './publish-body-error.ts'
import { parsePublishBody } from './publish-body.ts'

const parse = (body: Buffer, sizes: readonly number[]) => {
  const chunks: Buffer[] = []
  for (let at = 0, turn = 0; at < body.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    chunks.push(body.subarray(at, at + size))
    at += size
  }
  const onAttachment = async (_name: string, bytes: AsyncIterable<Buffer>): Promise<Buffer> => {
    const pieces: Buffer[] = []
    for await (const piece of bytes) pieces.push(piece)
    return Buffer.concat(pieces)
  }
  return parsePublishBody(Readable.from(chunks), { onAttachment, maxDepth: 1000 })
}

/** Writes a value as JSON in one of the many ways it can be written: spaces and escapes wherever they are allowed. */
const written = (value: unknown, next: () => number): string => {
  const space = () => [' ', '\n', '\t', '\r\n'][next() % 8] ?? ''
  const list = (items: string[]) => items.map((item) => space() + item + space()).join(',')
  const unit = (code: number) => `\\u${code.toString(16).padStart(4, '0')}`
  const text = (plain: string) =>
    `"${plain.replace(/./gsu, (char) => {
      if (next() % 5 !== 0) return JSON.stringify(char).slice(1, -1)
      return char === '/' && next() % 2 === 0
        ? '\\/'
        : char
            .split('')
            .map((half) => unit(half.charCodeAt(0)))
            .join('')
    })}"`
  if (typeof value === 'string') return text(value)
  if (Array.isArray(value)) return `[${list(value.map((item) => written(item, next)))}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${list(Object.entries(value).map(([key, item]) => `${text(key)}${space()}:${space()}${written(item, next)}`))}}`
}

const anyValue = fc.jsonValue({ maxDepth: 3 })
const anyAttachment = fc.record(
  {
    data: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64')),
    content_type: fc.string(),
    extra: anyValue,
  },
  { requiredKeys: ['data'] },
)
const anyDocument = fc
  .tuple(
    fc.dictionary(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('name', '__proto__', 'data')), anyValue),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('a-1.0.0.tgz', 'a.sigstore', '__proto__')), anyAttachment, {
      maxKeys: 8,
    }),
    fc.boolean(),
  )
  .map(([document, attachments, first]) =>
    first ? { _attachments: attachments, ...document } : { ...document, _attachments: attachments },
  )
const anySizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 6 })

/** The body as JSON.parse and Node's decoder see it, or undefined when it is not a publish document to them. */
const expected = (body: Buffer): { document: unknown; attachments: [string, Buffer][] } | undefined => {
  try {
    const { _attachments = {}, ...document } = JSON.parse(
      new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
    ) as Record<string, unknown>
    const attachments = Object.entries(_attachments ?? {}).flatMap(([name, { data }]: [string, { data: unknown }]) => {
      if (data === undefined) return []
      if (typeof data !== 'string') throw new Error('data is no string')
      if (data.startsWith('{') && !name.endsWith('.tgz')) return [[name, Buffer.from(data)] as [string, Buffer]]
      const bytes = Buffer.from(data, 'base64')
      if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(data)) throw new Error('no base64')
      return [[name, bytes] as [string, Buffer]]
    })
    return { document, attachments }
  } catch {
    return undefined
  }
}

describe('for any document and any chunking', () => {
  it('the outcome is that of JSON.parse over the whole', async () => {
    await fc.assert(
      fc.asyncProperty(anyDocument, anySizes, fc.infiniteStream(fc.nat(1000)), async (document, sizes, choices) => {
        const body = Buffer.from(written(document, () => Number(choices.next().value)))
        const { _attachments, ...rest } = JSON.parse(body.toString()) as typeof document
        const parsed = await parse(body, sizes)
        expect(parsed.document).toStrictEqual(rest)
        expect([...parsed.attachments].map(([name, { stored }]) => [name, stored.toString('base64')])).toEqual(
          Object.entries(_attachments).map(([name, { data }]) => [name, data]),
        )
      }),
      { numRuns: 300 },
    )
  }, 60_000)

  it('a damaged body is refused wherever JSON.parse refuses it, and never read otherwise than JSON.parse reads it', async () => {
    let refused = 0
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(
        anyDocument,
        anySizes,
        fc.nat(),
        fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', '=', 'A', ' ', '\u0000', 'é', '', '', 'truncate'),
        async (document, sizes, place, damage) => {
          const text = JSON.stringify(document)
          const at = place % text.length
          const damaged = damage === 'truncate' ? text.slice(0, at) : text.slice(0, at) + damage + text.slice(at + 1)
          const body = Buffer.from(damaged)
          const wanted = expected(body)
          try {
            const parsed = await parse(body, sizes)
            accepted++
            expect(parsed.document).toStrictEqual(wanted?.document)
            expect([...parsed.attachments].map(([name, { stored }]) => [name, stored])).toEqual(wanted?.attachments)
          } catch (error) {
            if (!isPublishBodyError(error)) throw error
            refused++
            if (wanted !== undefined) expect(error.code).toBe('duplicate-attachment')
          }
        },
      ),
      { numRuns: 1000 },
    )
    expect(refused).toBeGreaterThan(100)
    expect(accepted).toBeGreaterThan(100)
  }, 60_000)
})
