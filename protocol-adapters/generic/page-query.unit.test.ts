import { expect, it } from 'vitest'
import { pageQuery } from './page-query.ts'

const read = (query: string, accept?: string) => pageQuery(new URLSearchParams(query), accept)

it('gives whole pages from the start unless told otherwise', () => {
  expect(read('')).toEqual({ limit: 1000, after: undefined, recursive: false, format: 'html' })
  expect(read('limit=7&after=a/&format=json')).toEqual({ limit: 7, after: 'a/', recursive: false, format: 'json' })
})

it.each([
  ['', undefined, 'html'],
  ['', '*/*', 'html'],
  ['', 'text/html,application/xhtml+xml,*/*;q=0.8', 'html'],
  ['', 'application/json', 'json'],
  ['', 'application/vnd.x+json', 'json'],
  ['', 'text/html, application/json', 'html'],
  ['format=html', 'application/json', 'html'],
  ['recursive=1', '*/*', 'json'],
  ['recursive', 'text/html', 'json'],
  ['recursive=0', '*/*', 'html'],
])('answers %j with Accept %j in %s', (query, accept, format) => {
  expect(read(query, accept).format).toBe(format)
})

it.each([
  'limit=0',
  'limit=1001',
  'limit=1e2',
  'limit=-1',
  'limit=',
  'after=%00',
  'format=xml',
  'recursive=1&format=html',
])('refuses %s', (query) => {
  expect(() => read(query)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
})
