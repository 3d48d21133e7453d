import { expect, it } from 'vitest'
import { searchResult } from './search-result.ts'

const found = { name: '@s/n', version: '0.1.0', date: '2026-01-01T00:00:00.000Z', maintainers: ['jo'], score: 1 }
const objectOf = (more: object) => {
  const { objects } = searchResult([{ ...found, ...more }], 1, '2026-01-02T00:00:00.000Z') as { objects: object[] }
  return JSON.parse(JSON.stringify(objects[0])) as { package: Record<string, unknown> }
}

it('a search answers with the page, the total and the time', () => {
  const time = '2026-01-02T00:00:00.000Z'
  expect(searchResult([], 7, time)).toEqual({ objects: [], total: 7, time })
})

it('a package that was found has what the npm client prints', () => {
  const more = {
    description: 'a package',
    keywords: ['a', 1, 'b'],
    license: 'MIT',
    repository: { type: 'git', url: 'git+https://example.org/s/n.git' },
    bugs: { url: 'https://example.org/bugs' },
    homepage: 'https://example.org',
    publisher: 'jo',
  }
  expect(objectOf(more)).toEqual({
    package: {
      name: '@s/n',
      scope: 's',
      version: '0.1.0',
      description: 'a package',
      keywords: ['a', 'b'],
      date: found.date,
      license: 'MIT',
      links: {
        homepage: 'https://example.org',
        repository: 'https://example.org/s/n',
        bugs: 'https://example.org/bugs',
      },
      publisher: { username: 'jo' },
      maintainers: [{ username: 'jo' }],
    },
    score: { final: 1, detail: { quality: 1, popularity: 1, maintenance: 1 } },
    searchScore: 1,
    flags: { unstable: true },
  })
})

it('a manifest of odd types gives no odd answer, and no link but to the web', () => {
  const more = {
    description: 1,
    keywords: 'a, b  c',
    homepage: 'javascript:alert(1)',
    repository: 'github:a/b',
    bugs: null,
  }
  const { package: shown } = objectOf({ ...more, name: 'n' })
  expect(shown).toMatchObject({
    scope: 'unscoped',
    keywords: ['a', 'b', 'c'],
    links: {},
    maintainers: [{ username: 'jo' }],
  })
  expect(shown).not.toHaveProperty('description')
})
