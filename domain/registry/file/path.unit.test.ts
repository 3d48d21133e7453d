import { expect, it } from 'vitest'
import { filePath, foldersOf } from './path.ts'

it('keeps a path in one normal form', () => {
  expect(filePath('a/b.txt')).toBe('a/b.txt')
  expect(filePath('e\u0301')).toBe('\u00e9')
  expect(filePath('é'.repeat(127))).toHaveLength(127)
  expect(filePath(Array(64).fill('x').join('/'))).toHaveLength(127)
})

it.each([
  ['is empty', ''],
  ['has an empty segment', '/a'],
  ['has an empty segment', 'a/'],
  ['has a . or .. segment', 'a/../b'],
  ['has a . or .. segment', '.'],
  ['has a control character', 'a\u0000'],
  ['has a control character', 'a\u0085'],
  ['has a control character', 'a\u2028'],
  ['has a control character or a backslash', 'a\\b'],
  ['is not valid Unicode', 'a\ud800'],
  ['has more than 64 segments', Array(65).fill('x').join('/')],
  ['has a segment longer than 255 bytes', 'é'.repeat(128)],
  ['is longer than 1024 bytes', Array(6).fill('x'.repeat(200)).join('/')],
])('refuses a path that %s', (reason, path) => {
  expect(() => filePath(path)).toThrow(reason)
})

it('names the folders above a file', () => {
  expect(foldersOf('a/b/c')).toEqual(['a', 'a/b'])
  expect(foldersOf('a')).toEqual([])
})
