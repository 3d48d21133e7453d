import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { sourceFiles } from './source-files.ts'

const pages = sourceFiles().filter(({ path }) => path.endsWith('.md'))

/** `[text](target)`; targets with a scheme and those inside the page are left out. */
const linksOf = (text: string): string[] =>
  [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^([a-z]+:|#)/.test(target))

/** What stands in backticks and is a path from the root of the project. */
const pathsOf = (text: string): string[] =>
  [
    ...text.matchAll(
      /`((?:domain|commands|projections|protocol-adapters|read-api|platform|command-line|test|docs|bench)\/[^`]*)`/g,
    ),
  ]
    .map(([, path = '']) => path)
    .filter((path) => !/[<>{}*]/.test(path))

it('links to files that are there', () => {
  const links = pages.flatMap(({ path, text }) => linksOf(text).map((target) => ({ path, target })))
  expect(links.length).toBeGreaterThan(10)
  const broken = links.filter(({ path, target }) => !existsSync(join(dirname(path), target.split('#')[0] ?? '')))
  expect(broken).toEqual([])
})

it('names files and folders that are there', () => {
  const named = pages
    .filter(({ path }) => path !== 'CHANGELOG.md')
    .flatMap(({ path, text }) => pathsOf(text).map((target) => ({ path, target })))
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({ target }) => !existsSync(target))).toEqual([])
})
