import fc from 'fast-check'
import { expect, it } from 'vitest'
import { folderHtml } from './folder-html.ts'

const file = {
  type: 'file',
  size: 1,
  contentType: 'x',
  sha256: 'a'.repeat(64),
  modified: '2026-03-01T12:00:00.000Z',
} as const

it('has no markup but its own, whatever the names are', () => {
  const own = (html: string) => html.match(/<[^>]*>/g)?.map((tag) => tag.replaceAll(/"[^"]*"/g, '""'))
  const named = (name: string) =>
    folderHtml(
      'p/r',
      {
        path: `${name}/`,
        entries: [
          { ...file, name },
          { type: 'folder', name },
        ],
        next: name,
      },
      10,
    )
  const expected = own(named('plain'))
  const nasty = fc.array(fc.constantFrom('<', '>', '"', "'", '&', 'script', '=', ' ', 'javascript:', '`', 'x'), {
    minLength: 1,
  })
  fc.assert(
    fc.property(
      fc.oneof(
        nasty.map((parts) => parts.join('')),
        fc.string({ unit: 'grapheme', minLength: 1 }),
      ),
      (name) => {
        const html = named(name)
        expect(own(html)).toEqual(expected)
        for (const [, target = ''] of html.matchAll(/href="([^"]*)"/g))
          expect(target).toMatch(/^(\.\.?\/|\?after=)[\w!~*().%/&;=#-]*$/)
      },
    ),
  )
})

it('leads up from every folder but the root, and on only where there is more', () => {
  expect(folderHtml('p/r', { path: '', entries: [], next: null }, 10)).not.toMatch(/href/)
  const html = folderHtml('p/r', { path: 'a/', entries: [], next: 'b c/' }, 10)
  expect(html).toContain('href="../"')
  expect(html).toContain('href="?after=b%20c%2F&amp;limit=10"')
})
