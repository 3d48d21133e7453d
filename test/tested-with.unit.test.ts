import { expect, it } from 'vitest'
import { summaryOf } from './tested-with.ts'

it('names each server once, says why one is missing and how to get it', () => {
  const text = summaryOf([
    { name: 'npm', version: '11.19.1' },
    { name: 'npm', version: '11.19.1' },
    { name: 'PostgreSQL', version: '18.4' },
    { name: 'setpriv', reason: 'spawn setpriv ENOENT' },
  ])
  expect(text).toContain('Tested with: npm 11.19.1, PostgreSQL 18.4\n')
  expect(text).toContain('NOT tested with: setpriv (spawn setpriv ENOENT). To test it: apt-get install util-linux')
  expect(text).toContain('Not asked for by this run: upstream')
})

it('says so when a run asked for none', () => {
  expect(summaryOf([])).toContain('Tested with: no server or client')
})
