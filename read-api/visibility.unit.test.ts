import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Grant, Principal } from '../domain/access/authorise.ts'
import { maySeeName, maySeeProject, maySeeRepository, namePatternsOf, reachesOf } from './visibility.ts'

const projects = ['a', 'b']
const repositories = ['x', 'y']
const patterns = ['*', 't*', '*t', 'te*m', 'team', 'a%b', 'a_b']
const names = ['team', 't', 'tem', 'a%b', 'a_b', 'axb', '']

const scopes = [
  'system',
  ...projects,
  ...projects.flatMap((project) => repositories.map((repository) => `${project}/${repository}`)),
  ...projects.flatMap((project) => patterns.map((pattern) => `${project}/x:${pattern}`)),
]

const scopeList = fc.array(fc.constantFrom(...scopes), { maxLength: 4 })

const anybody: fc.Arbitrary<Principal | undefined> = fc.option(
  fc.record({ granted: scopeList, limited: fc.option(scopeList, { nil: undefined }) }).map(({ granted, limited }) => ({
    accountId: 'one',
    kind: 'human' as const,
    via: 'password',
    grants: granted.map((scope): Grant => ({ role: 'viewer', scope })),
    ...(limited === undefined ? {} : { limits: { scopes: limited } }),
  })),
  { nil: undefined },
)

const place = fc.record({
  project: fc.constantFrom(...projects),
  repository: fc.constantFrom(...repositories),
  open: fc.boolean(),
})

const matches = (pattern: string, name: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's').test(name)

describe('the bounds for queries', () => {
  it('never leave a name out that may be seen', () => {
    fc.assert(
      fc.property(anybody, place, fc.constantFrom(...names), (principal, where, name) => {
        const within = namePatternsOf(principal, where).every((list) => list.some((pattern) => matches(pattern, name)))
        expect(maySeeName(principal, where, name) && !within).toBe(false)
      }),
    )
  })

  it('never leave a repository out that may be seen', () => {
    fc.assert(
      fc.property(anybody, place, (principal, where) => {
        const { project, repository, open } = where
        const reached = reachesOf(principal).every(
          (reach) =>
            reach.everything ||
            reach.projects.includes(project) ||
            reach.repositories.includes(`${project}/${repository}`),
        )
        expect(maySeeRepository(principal, where) && !open && !reached).toBe(false)
      }),
    )
  })
})

it('shows a project exactly when something in it may be seen', () => {
  fc.assert(
    fc.property(anybody, fc.constantFrom(...projects), (principal, project) => {
      const something = ['x', 'y', 'z'].some((repository) =>
        maySeeRepository(principal, { project, repository, open: false }),
      )
      expect(maySeeProject(principal, project, false)).toBe(something)
      expect(maySeeProject(principal, project, true)).toBe(true)
    }),
  )
})

it('shows nothing that is not public to those who are not signed in', () => {
  const closed = { project: 'a', repository: 'x', open: false }
  expect(maySeeRepository(undefined, closed)).toBe(false)
  expect(maySeeName(undefined, closed, 'team')).toBe(false)
  expect(maySeeProject(undefined, 'a', false)).toBe(false)
})
