import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openCore, type TestCore } from '../../test/core.ts'
import { files } from './projection.ts'
import { firstFileOf, hasFilesBelow, listFolder, type FolderEntry, type FolderQuery } from './queries.ts'

let core: TestCore

const sql = () => core.database.database.interactive
const position = (number: number) => String(number).padStart(20, '0')

interface Row {
  readonly path: string
  readonly from?: number
  readonly to?: number
}

/** Rows as the projection leaves them; what is not asked for here is the same in all. */
const insert = async (rows: readonly Row[], repositoryId = 'r'): Promise<void> => {
  await sql()`
    insert into files (repository_id, path, project, repository, size, md5, sha1, sha256, sha512, content_type, properties,
      stored_at, stored_by, valid_from, valid_to)
    select ${repositoryId}, path, 'p', 'r', 1, '', '', '', '', 'text/plain', '{}', '', '', valid_from, valid_to
    from unnest(${rows.map(({ path }) => path)}::text[], ${rows.map(({ from = 1 }) => position(from))}::text[],
      ${rows.map(({ to }) => (to === undefined ? null : position(to)))}::text[]) as t(path, valid_from, valid_to)`
}

const nameOf = ({ kind, name }: FolderEntry) => (kind === 'folder' ? `${name}/` : name)

const list = async (query: Partial<FolderQuery> = {}): Promise<string[]> =>
  (await listFolder(sql(), { repositoryId: 'r', folder: '', limit: 1000, ...query })).map(nameOf)

beforeAll(async () => {
  core = await openCore([files])
})

afterAll(() => core.close())

beforeEach(async () => {
  await sql()`delete from files`
})

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** The same by going through all paths. */
const listing = (paths: readonly string[], folder: string, patterns: readonly string[] | undefined): string[] => {
  const readable = (path: string) =>
    patterns === undefined ||
    patterns.some((pattern) =>
      new RegExp(
        `^${pattern
          .split('*')
          .map((text) => text.replace(/[.$()+?[\]^{|}\\]/g, '\\$&'))
          .join('.*')}$`,
        'su',
      ).test(path),
    )
  const names = paths
    .filter((path) => path.startsWith(folder) && path !== folder && readable(path))
    .map((path) => /^[^/]+\/?/.exec(path.slice(folder.length))?.[0] ?? '')
  return [...new Set(names)].sort(byBytes)
}

const segment = fc.oneof(
  fc.constantFrom('a', 'b', 'a-b', 'a.b', 'a0', 'A', 'é', 'a_', 'a%', '\u{1f600}', '\u{10ffff}', '日'),
  fc
    .string({ unit: fc.constantFrom('a', 'b', '!', '.', '/', '0', '~', '_', '%', '\\'), minLength: 1, maxLength: 3 })
    .map((text) => text.replaceAll(/[/\\]/g, '-')),
)
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/'))
const pattern = fc.oneof(
  path.map((text) => `${text}*`),
  path.map((text) => `${text}/*`),
  fc.constantFrom('*', '*a', 'a*b', '*/b*', 'a', 'a_*', 'a%*'),
)

describe('a listing of a folder', () => {
  it('is what a look at every path gives, in pages of any size, for whoever may read whatever', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(path, { maxLength: 40 }),
        path,
        fc.option(fc.array(pattern, { maxLength: 4 }), { nil: undefined }),
        fc.integer({ min: 1, max: 5 }),
        async (paths, somewhere, patterns, limit) => {
          await sql()`delete from files`
          await insert(paths.map((text) => ({ path: text })))
          await insert([{ path: 'elsewhere' }], 'other')
          for (const folder of ['', 'a/', 'a/b/', `${somewhere}/`]) {
            const names = patterns === undefined ? [] : [patterns, ['*']]
            const found: string[] = []
            for (;;) {
              const page = await list({ folder, names, limit, after: found.at(-1) })
              found.push(...page)
              if (page.length < limit) break
            }
            expect(found).toEqual(listing(paths, folder, patterns))
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('shows a file and a folder of one name beside each other, should a race have made both', async () => {
    await insert([{ path: 'a' }, { path: 'a/b' }])
    expect(await list()).toEqual(['a', 'a/'])
    expect(await list({ limit: 1, after: 'a' })).toEqual(['a/'])
  })

  it('shows the past as it was', async () => {
    await insert([
      { path: 'old/x', from: 1, to: 3 },
      { path: 'new/x', from: 4 },
      { path: 'y', from: 1, to: 2 },
      { path: 'y', from: 2 },
    ])
    expect(await list({ asOf: position(2) })).toEqual(['old/', 'y'])
    expect(await list({ asOf: position(3) })).toEqual(['y'])
    expect(await list({ asOf: position(9) })).toEqual(['new/', 'y'])
    expect(await list()).toEqual(['new/', 'y'])
  })

  it('costs no more where hundreds of thousands of files lie below', async () => {
    const count = 300_000
    await sql()`
      insert into files (repository_id, path, project, repository, size, md5, sha1, sha256, sha512, content_type,
        properties, stored_at, stored_by, valid_from)
      select 'r', format('%s/%s/%s', i % 20, i / 1000, i), 'p', 'r', 1, '', '', '', '', '', '{}', '', '', ${position(1)}
      from generate_series(1, ${count}::int) i`
    await sql()`analyze`
    // the best of some: others use the machine too
    const timed = async (query: Partial<FolderQuery>) => {
      let milliseconds = Infinity
      let length = 0
      for (let run = 0; run < 8; run++) {
        const began = performance.now()
        ;({ length } = await list(query))
        milliseconds = Math.min(milliseconds, performance.now() - began)
      }
      return { length, milliseconds }
    }
    const root = await timed({})
    const folder = await timed({ folder: '7/' })
    const bounded = await timed({ names: [['7/2*', '3/299/*']] })
    const line = [root, folder, bounded].map(({ length, milliseconds }) => `${length} in ${milliseconds.toFixed(1)} ms`)
    process.stdout.write(`entries of folders with ${count} files below: ${line.join(', ')}\n`)
    expect([root.length, folder.length, bounded.length]).toEqual([20, 300, 2])
    // reading all of them takes longer than this
    for (const { milliseconds } of [root, folder, bounded]) expect(milliseconds).toBeLessThan(100)
  }, 120_000)
})

describe('paths that are in the way', () => {
  it('are found', async () => {
    await insert([{ path: 'a/b/c' }, { path: 'a.txt' }, { path: 'x' }, { path: 'gone/x', to: 2 }])
    const below = (path: string) => hasFilesBelow(sql(), 'r', path)
    expect(await Promise.all(['a', 'a/b', 'a/b/c', 'a.txt', 'x', 'gone', 'b'].map(below))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ])
    expect(await hasFilesBelow(sql(), 'other', 'a')).toBe(false)
    expect(await hasFilesBelow(sql(), 'r', 'gone', position(1))).toBe(true)
    expect(await firstFileOf(sql(), 'r', ['x', 'x/y'])).toBe('x')
    expect(await firstFileOf(sql(), 'r', ['a', 'a/b', 'gone/x'])).toBeUndefined()
    expect(await firstFileOf(sql(), 'r', [])).toBeUndefined()
  })
})
