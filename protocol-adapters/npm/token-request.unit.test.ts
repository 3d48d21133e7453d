import { describe, expect, it } from 'vitest'
import { tokenRequestOf } from './token-request.ts'

const place = { project: 'main', repository: 'npm', now: Date.UTC(2026, 10, 25, 12) }
const asked = (body: object) => tokenRequestOf({ password: 'pw', name: 'ci', ...body }, place)
const codeOf = (body: unknown): string => {
  try {
    tokenRequestOf(body, place)
    return 'accepted'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a token that npm asks for', () => {
  it('is for everything when nothing narrows it', () => {
    expect(asked({})).toEqual({ name: 'ci', password: 'pw' })
    expect(asked({ bypass_2fa: true, readonly: false, cidr_whitelist: [], expires: null })).toEqual(asked({}))
  })

  it('is named by its name and description, or by the day', () => {
    expect(asked({ description: 'build' }).name).toBe('ci: build')
    expect(asked({ name: null }).name).toBe('npm token, 2026-11-25')
    expect(asked({ name: 'n'.repeat(300) }).name).toHaveLength(200)
  })

  it('as npm up to 11.5 asks for it only reads, from some networks', () => {
    expect(asked({ readonly: true, cidr_whitelist: ['10.0.0.0/8'] })).toMatchObject({
      actions: ['read'],
      cidrs: ['10.0.0.0/8'],
    })
  })

  it('is for packages and scopes of this repository, and reads unless it is to write', () => {
    const some = { packages: ['left', '@s/n'], scopes: ['@acme', 'other', '@x/*'] }
    const scopes = ['left', '@s/n', '@acme/*', '@other/*', '@x/*'].map((pattern) => `main/npm:${pattern}`)
    expect(asked(some)).toMatchObject({ scopes, actions: ['read'] })
    expect(asked({ ...some, packages_and_scopes_permission: 'read-write' })).toMatchObject({
      scopes,
      actions: ['read', 'write', 'delete'],
    })
    expect(asked({ packages_all: true, packages: ['left'] })).toMatchObject({ scopes: ['main/npm'], actions: ['read'] })
  })

  it('ends after some days', () => {
    expect(asked({ expires: 7 }).expiresAt).toBe('2026-12-02T12:00:00.000Z')
  })

  it.each([
    ['invalid-input', 'text'],
    ['invalid-input', { name: 'without password' }],
    ['invalid-input', { password: 'pw', packages: 'left' }],
    ['invalid-input', { password: 'pw', packages: ['left', 1] }],
    ['invalid-input', { password: 'pw', packages: ['*'] }],
    ['invalid-input', { password: 'pw', expires: 0 }],
    ['invalid-input', { password: 'pw', expires: '7' }],
    ['invalid-input', { password: 'pw', packages_and_scopes_permission: 'no-access' }],
    ['unsupported', { password: 'pw', orgs: ['acme'] }],
    ['unsupported', { password: 'pw', orgs_permission: 'read-only' }],
    ['accepted', { password: 'pw', orgs: [], orgs_permission: 'no-access' }],
  ])('is %s: %j', (code, body) => expect(codeOf(body)).toBe(code))
})
