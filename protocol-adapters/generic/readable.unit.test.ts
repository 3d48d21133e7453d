import { expect, it } from 'vitest'
import type { Principal } from '../../domain/access/authorise.ts'
import { mayRead, readableNames } from './readable.ts'

const principal = (scopes: readonly string[], limited?: readonly string[]): Principal => ({
  accountId: 'a',
  kind: 'human',
  via: 'password',
  grants: scopes.map((scope) => ({ role: 'viewer', scope })),
  ...(limited === undefined ? {} : { limits: { scopes: limited } }),
})
const viewed = (who: Principal | undefined, open = false) => ({
  principal: who,
  public: open,
  project: 'p',
  repository: 'r',
})

it('asks for no names where everything may be read', () => {
  expect(readableNames(viewed(undefined, true))).toEqual([])
  for (const scope of ['system', 'p', 'p/r']) expect(readableNames(viewed(principal([scope, 'p/r:x*'])))).toEqual([])
})

it('asks for the names of each list of scopes', () => {
  expect(readableNames(viewed(principal(['p/r:a/*', 'p/r:*.jar', 'p/other:b*', 'q'])))).toEqual([['a/*', '*.jar']])
  expect(readableNames(viewed(principal(['p/r:a/*'], ['p/r:*b', 'system'])))).toEqual([['a/*']])
  expect(readableNames(viewed(principal(['p'], ['p/r:b*'])))).toEqual([['b*']])
  expect(readableNames(viewed(principal(['q'])))).toEqual([[]])
})

it('judges each path', () => {
  expect(mayRead(viewed(principal(['p/r:a/*'], ['p/r:*b'])), 'a/b')).toBe(true)
  expect(mayRead(viewed(principal(['p/r:a/*'], ['p/r:*b'])), 'a/c')).toBe(false)
  expect(mayRead(viewed(undefined), 'a')).toBe(false)
  expect(mayRead(viewed(undefined, true), 'a')).toBe(true)
})
