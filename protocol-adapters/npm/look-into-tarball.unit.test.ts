import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { lookInto } from './look-into-tarball.ts'

/** A tar as npm writes it, of files by name. */
const tar = (files: Readonly<Record<string, string>>, type = '0'): Buffer => {
  const blocks = Object.entries(files).flatMap(([name, text]) => {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124)
    header.write(type, 156)
    header.write('ustar\0', 257)
    const content = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512)
    content.write(text)
    return [header, content]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** What was passed on, and what was seen. */
const look = async (bytes: Buffer, size = 1000) => {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size))
  }
  const { bytes: through, contents } = lookInto(pieces())
  const passed: Buffer[] = []
  for await (const piece of through) passed.push(piece)
  return { passed: Buffer.concat(passed), contents: await contents() }
}

const FILES = { 'package/package.json': '{}', 'package/lib/a.js': 'x'.repeat(2000), 'package/empty': '' }

describe('a tarball that passes', () => {
  it('is passed on as it is, and its files are counted, however it is cut', async () => {
    const bytes = gzipSync(tar(FILES))
    for (const size of [1, 7, 100, 100_000])
      expect(await look(bytes, size)).toEqual({
        passed: bytes,
        contents: { fileCount: 3, unpackedSize: 2002, hasShrinkwrap: false },
      })
  })

  it('has a shrinkwrap at its top or none', async () => {
    const contentsOf = async (file: string) => (await look(gzipSync(tar({ ...FILES, [file]: '{}' })))).contents
    expect(await contentsOf('package/npm-shrinkwrap.json')).toMatchObject({ hasShrinkwrap: true })
    expect(await contentsOf('any-folder/npm-shrinkwrap.json')).toMatchObject({ hasShrinkwrap: true })
    expect(await contentsOf('package/lib/npm-shrinkwrap.json')).toMatchObject({ hasShrinkwrap: false })
    expect(await contentsOf('package/npm-shrinkwrap.json.bak')).toMatchObject({ hasShrinkwrap: false })
  })

  it('has no files that are no files', async () => {
    const bytes = gzipSync(Buffer.concat([tar({ 'package/': '' }, '5').subarray(0, 512), tar(FILES)]))
    expect((await look(bytes)).contents).toMatchObject({ fileCount: 3 })
  })

  it.each([
    ['no gzip', Buffer.from('no tarball at all')],
    ['gzip of no tar', gzipSync('no tar at all')],
    ['cut off', gzipSync(tar(FILES)).subarray(0, 60)],
    ['nothing', Buffer.alloc(0)],
  ])('is not spoken of where it cannot be read: %s', async (_, bytes) => {
    expect(await look(bytes)).toEqual({ passed: bytes, contents: undefined })
  })

  it('that does not get smaller is read as it comes', async () => {
    const bytes = gzipSync(tar({ ...FILES, 'package/noise': randomBytes(150_000).toString('base64') }))
    expect(await look(bytes)).toEqual({
      passed: bytes,
      contents: { fileCount: 4, unpackedSize: 202_002, hasShrinkwrap: false },
    })
  })

  it('that is large is read as it comes', async () => {
    const bytes = gzipSync(tar({ ...FILES, 'package/large': 'y'.repeat(30_000_000) }))
    expect((await look(bytes, 64 * 1024)).contents).toMatchObject({ fileCount: 4, unpackedSize: 30_002_002 })
  })
})
