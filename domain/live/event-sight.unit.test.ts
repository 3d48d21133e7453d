import { describe, expect, it } from 'vitest'
import type { Grant, Principal } from '../access/authorise.ts'
import { eventFilter, filterKey, requireSomethingSeen, wants } from './event-filter.ts'
import { seenBy } from './event-sight.ts'
import type { LiveEvent } from './live-event.ts'

const event = (type: string, fields: Partial<LiveEvent> = {}): LiveEvent => ({
  id: 'id',
  type,
  stream: 's-1',
  revision: 0,
  position: '00000000000000000001',
  time: '2026-11-24T09:41:27.318Z',
  actor: { kind: 'human', id: 'ada', via: 'password' },
  correlationId: 'c',
  causationId: 'c',
  project: 'main',
  repository: 'files',
  subject: 'a.txt',
  data: { repositoryId: 'r1', project: 'main', repository: 'files', path: 'a.txt' },
  ...fields,
})

const somebody = (...grants: readonly (readonly [Grant['role'], string])[]): Principal => ({
  accountId: 'ada',
  kind: 'human',
  via: 'password',
  grants: grants.map(([role, scope]) => ({ role, scope })),
})

const CLOSED = { repositoryId: 'r1', public: false }
const OPEN = { repositoryId: 'r1', public: true }
const stored = event('FileStored')

describe('an event is seen', () => {
  it('by everybody while its repository is public, and by readers when it is not', () => {
    expect(seenBy(undefined, stored, OPEN)).toEqual({ event: stored, audited: false })
    expect(seenBy(undefined, stored, CLOSED)).toBeUndefined()
    expect(seenBy(somebody(['viewer', 'main/files']), stored, CLOSED)).toEqual({ event: stored, audited: false })
    expect(seenBy(somebody(['viewer', 'main/files:b*']), stored, CLOSED)).toBeUndefined()
    expect(seenBy(somebody(['viewer', 'main/npm']), stored, CLOSED)).toBeUndefined()
  })

  it('of a repository that is gone, or whose name another one has, by those alone who may read the past', () => {
    for (const today of [undefined, { repositoryId: 'r2', public: true }]) {
      expect(seenBy(undefined, stored, today)).toBeUndefined()
      expect(seenBy(somebody(['developer', 'main/files']), stored, today)).toBeUndefined()
      expect(seenBy(somebody(['admin', 'main/files']), stored, today)?.audited).toBe(true)
    }
  })

  it('of roles and tokens by those alone who may read the audit trail there', () => {
    const granted = event('RoleGranted', { data: { scope: 'main/files' } })
    expect(seenBy(somebody(['developer', 'main']), granted, OPEN)).toBeUndefined()
    expect(seenBy(somebody(['admin', 'main/files']), granted, CLOSED)).toEqual({ event: granted, audited: true })
    const token = event('TokenCreated', { project: null, repository: null, data: { tokenId: 't' } })
    expect(seenBy(somebody(['admin', 'main']), token, undefined)).toBeUndefined()
    expect(seenBy(somebody(['admin', 'system']), token, undefined)?.audited).toBe(true)
  })

  it('without the place that a file came from, unless that may be read too', () => {
    const from = { project: 'secret', repository: 'plans', path: 'x.txt' }
    const copied = event('FileStored', { data: { repositoryId: 'r1', path: 'a.txt', from } })
    const reader = seenBy(somebody(['viewer', 'main']), copied, CLOSED)
    expect(reader?.event.data).toEqual({ repositoryId: 'r1', path: 'a.txt' })
    expect(copied.data).toHaveProperty('from')
    expect(seenBy(somebody(['viewer', 'main'], ['viewer', 'secret']), copied, CLOSED)?.event).toBe(copied)
  })

  it('as far as a token reaches', () => {
    const limited = { ...somebody(['admin', 'system']), limits: { scopes: ['main/npm'] } }
    expect(seenBy(limited, stored, CLOSED)).toBeUndefined()
    expect(seenBy({ ...limited, limits: { actions: ['read'] } }, stored, CLOSED)).toEqual({
      event: stored,
      audited: false,
    })
  })
})

describe('a filter', () => {
  it('wants what holds for every field that is given', () => {
    expect(wants(eventFilter({}), stored)).toBe(true)
    expect(wants(eventFilter({ project: 'main', repository: 'files', types: ['File*'] }), stored)).toBe(true)
    expect(wants(eventFilter({ project: 'main', repository: 'npm' }), stored)).toBe(false)
    expect(wants(eventFilter({ types: ['Tag*', 'FileDeleted'] }), stored)).toBe(false)
    expect(wants(eventFilter({ types: ['TagSet', '*'] }), stored)).toBe(true)
    expect(wants(eventFilter({ project: 'main' }), event('AccountCreated', { project: null }))).toBe(false)
  })

  it('has the key of every filter that wants the same', () => {
    expect(filterKey(eventFilter({ types: ['TagSet', 'TagRemoved'] }))).toBe(
      filterKey(eventFilter({ types: ['Tag*'] })),
    )
    expect(filterKey(eventFilter({ project: 'main' }))).not.toBe(filterKey(eventFilter({})))
  })

  it.each([{ repository: 'npm' }, { project: 'a b' }, { types: ['a.b'] }, { types: ['Vanished'] }, { types: ['F*e'] }])(
    'is refused where it means nothing: %j',
    (asked) => {
      expect(() => eventFilter(asked)).toThrow(expect.objectContaining({ code: 'invalid-input' }))
    },
  )

  it('of events that are for the audit trail alone is for those who may read that somewhere there', () => {
    const roles = eventFilter({ project: 'main', types: ['Role*'] })
    const refusal = (principal: Principal | undefined) => () => requireSomethingSeen(principal, roles, true)
    expect(refusal(undefined)).toThrow(expect.objectContaining({ code: 'unauthenticated' }))
    expect(refusal(somebody(['viewer', 'main']))).toThrow(expect.objectContaining({ code: 'forbidden' }))
    expect(refusal(somebody(['admin', 'other']))).toThrow(expect.objectContaining({ code: 'forbidden' }))
    expect(refusal(somebody(['admin', 'main/npm']))).not.toThrow()
    expect(refusal(somebody(['admin', 'system']))).not.toThrow()
  })
})
