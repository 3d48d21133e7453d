import { describe, expect, it } from 'vitest'
import { allows, authorise, mayEnter, systemPrincipal, type Action, type Limits, type Principal } from './authorise.ts'
import type { Resource } from './scope.ts'

const principal = (grants: Principal['grants'], limits?: Limits): Principal => ({
  accountId: 'a1',
  kind: 'human',
  via: 'password',
  grants,
  ...(limits === undefined ? {} : { limits }),
})

const refusal = (who: Principal | undefined, action: Action, resource: Resource, open = false): string => {
  try {
    authorise(who, action, resource, { open })
    return 'allowed'
  } catch (error) {
    return (error as { code: string }).code
  }
}

const repository = { project: 'p', repository: 'r' }
const thing = { ...repository, name: 'x' }
const viewer = principal([{ role: 'viewer', scope: 'p/r' }])
const developer = principal([{ role: 'developer', scope: 'p' }])
const admin = principal([{ role: 'admin', scope: 'p' }])
const nobody = principal([])

describe('without credentials', () => {
  it.each([{}, { project: 'p' }, repository, thing])('anything on %j that is not public asks for them', (resource) => {
    expect(refusal(undefined, 'read', resource)).toBe('unauthenticated')
    expect(refusal(undefined, 'manage', resource)).toBe('unauthenticated')
  })

  it('what is public may be read, and nothing else', () => {
    expect(refusal(undefined, 'read', thing, true)).toBe('allowed')
    expect(refusal(undefined, 'write', thing, true)).toBe('unauthenticated')
  })
})

describe('signed in', () => {
  it('without read it is as if it did not exist', () => {
    expect(refusal(nobody, 'read', thing)).toBe('not-found')
    expect(refusal(nobody, 'write', repository)).toBe('not-found')
    expect(refusal(viewer, 'read', { ...repository, repository: 'other' })).toBe('not-found')
    expect(refusal(principal([{ role: 'admin', scope: 'p/r:a*' }]), 'read', thing)).toBe('not-found')
  })

  it('with read but not the action it is forbidden, and says so', () => {
    expect(refusal(viewer, 'write', thing)).toBe('forbidden')
    expect(refusal(nobody, 'write', thing, true)).toBe('forbidden')
    expect(() => authorise(viewer, 'write', thing)).toThrow('You may read p/r/x, but your roles do not include "write"')
  })

  it('a project or repository in which something may be read is no secret', () => {
    expect(refusal(viewer, 'manage', { project: 'p' })).toBe('forbidden')
    expect(refusal(principal([{ role: 'viewer', scope: 'p/r:a*' }]), 'manage', repository)).toBe('forbidden')
    expect(refusal(viewer, 'read', { project: 'p' })).toBe('not-found')
  })

  it('that there is a system is no secret', () => {
    expect(refusal(nobody, 'manage', {})).toBe('forbidden')
    expect(() => authorise(nobody, 'manage', {})).toThrow('Your roles do not include "manage" on the system.')
  })

  it.each([
    [viewer, ['read']],
    [developer, ['read', 'write', 'delete']],
    [admin, ['read', 'write', 'delete', 'manage', 'audit', 'read-history']],
  ] as const)('%# a role allows what it allows', (who, allowed) => {
    for (const action of ['read', 'write', 'delete', 'manage', 'audit', 'read-history'] as const)
      expect(allows(who, action, thing)).toBe((allowed as readonly Action[]).includes(action))
  })

  it('Waybill itself may do everything', () => {
    expect(refusal(systemPrincipal('test'), 'manage', {})).toBe('allowed')
    expect(refusal(systemPrincipal('test'), 'read-history', thing)).toBe('allowed')
  })
})

describe('a token', () => {
  const limited = (limits: Limits) => principal([{ role: 'admin', scope: 'system' }], limits)

  it('limited in actions does not do the others', () => {
    expect(refusal(limited({ actions: ['read'] }), 'write', thing)).toBe('forbidden')
    expect(refusal(limited({ actions: ['read'] }), 'read', thing)).toBe('allowed')
    expect(refusal(limited({ actions: ['write'] }), 'delete', thing)).toBe('not-found')
  })

  it('limited in scopes sees nothing outside them', () => {
    expect(refusal(limited({ scopes: ['p/r:x*'] }), 'delete', thing)).toBe('allowed')
    expect(refusal(limited({ scopes: ['p/r:y*', 'q'] }), 'read', thing)).toBe('not-found')
    expect(refusal(limited({ scopes: ['p'] }), 'manage', {})).toBe('forbidden')
  })

  it('cannot do more than its account', () => {
    expect(refusal(principal([], { scopes: ['system'], actions: ['read'] }), 'read', thing)).toBe('not-found')
  })
})

describe('a repository may be entered', () => {
  it('by those who may read something in it', () => {
    expect(mayEnter(viewer, 'p', 'r')).toBe(true)
    expect(mayEnter(principal([{ role: 'viewer', scope: 'p/r:a*' }]), 'p', 'r')).toBe(true)
    expect(mayEnter(developer, 'p', 'other')).toBe(true)
    expect(mayEnter(viewer, 'p', 'other')).toBe(false)
    expect(mayEnter(nobody, 'p', 'r')).toBe(false)
  })

  it('by a token only within its limits', () => {
    const grants = [{ role: 'admin', scope: 'system' }] as const
    expect(mayEnter(principal(grants, { actions: ['write'] }), 'p', 'r')).toBe(false)
    expect(mayEnter(principal(grants, { scopes: ['p/s'] }), 'p', 'r')).toBe(false)
    expect(mayEnter(principal(grants, { scopes: ['p/r:a*'] }), 'p', 'r')).toBe(true)
  })
})
