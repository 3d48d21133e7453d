import { expect, it } from 'vitest'
import { EVENT_TYPES, schemaVersionOf, upcast } from './event-catalogue.ts'

const event = (type: string, schemaVersion: number) => ({ type, data: { storeId: 's' }, metadata: { schemaVersion } })

it('gives an event of today as it is', () => {
  const { type, data } = event('StoreInitialised', 1)
  expect(upcast(event('StoreInitialised', 1))).toEqual({ type, data })
})

it('refuses an event type that it does not know, also one that objects have by nature', () => {
  expect(() => upcast(event('RocketLaunched', 1))).toThrow('unknown event type RocketLaunched')
  expect(() => upcast(event('constructor', 1))).toThrow('unknown event type constructor')
  expect(() => schemaVersionOf('RocketLaunched')).toThrow('unknown event type')
})

it('refuses an event of a newer schema version', () =>
  expect(() => upcast(event('StoreInitialised', 2))).toThrow('schema version 2, newer than'))

it('names its types in the past tense, each once, each with a sentence', () => {
  for (const [name, { name: own, summary, schemaVersion }] of EVENT_TYPES) {
    expect(own).toBe(name)
    expect(name).toMatch(/^[A-Z][A-Za-z]+$/)
    expect(summary).toMatch(/^[A-Z].*[.]$/)
    expect(schemaVersionOf(name)).toBe(schemaVersion)
  }
  expect(EVENT_TYPES.size).toBeGreaterThan(20)
})
