import { describe, expect, it } from 'vitest'
import { DomainError } from '../domain/errors.ts'
import { shownRefusal } from './shown-refusal.ts'

const coded = (name: string, code: string): Error => Object.assign(new Error('postgres://secret@db'), { name, code })

describe('the refusal that is shown', () => {
  it.each([
    coded('Error', 'ECONNREFUSED'),
    coded('Error', 'CONNECTION_CLOSED'),
    coded('PostgresError', '57P01'),
    coded('PostgresError', '57P03'),
    coded('PostgresError', '57014'),
    coded('PostgresError', '53300'),
  ])('says that the database is away (%#)', (error) => {
    const refusal = shownRefusal(error)
    expect([refusal.code, refusal.message]).toEqual(['unavailable', 'The database cannot be reached, or is too busy.'])
  })

  it.each([coded('PostgresError', '42P01'), coded('PostgresError', '23505'), new TypeError('x is undefined'), 'text'])(
    'keeps to itself what nobody foresaw (%#)',
    (error) => {
      expect(shownRefusal(error).code).toBe('internal')
    },
  )

  it('is a refusal of ours as it is', () => {
    const error = new DomainError('not-found', 'There is nothing here.')
    expect(shownRefusal(error)).toBe(error)
  })
})
