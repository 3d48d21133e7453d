import { expect, it } from 'vitest'
import { EVENT_TYPES } from '../domain/event-catalogue.ts'
import { READ_MODELS } from './models.ts'

/** Event types that no table but the audit trail shows, and why. */
const SHOWN_BY_AUDIT_ALONE: Readonly<Record<string, string>> = {
  StoreInitialised: 'names the log; read models record it apart',
  AccessDenied: 'is read in the audit trail',
  AccountPasswordChanged: 'the password itself is in the vault',
  GroupCreated: 'groups are listed by their members',
  WebhookSecretRotated: 'the secret itself is in the vault',
  WebhookTestRequested: 'its delivery is in the log of deliveries',
  WebhookRedeliveryRequested: 'its delivery is in the log of deliveries',
  WebhookReplayRequested: 'its deliveries are in the log of deliveries',
  WebhookEventsDelivered: 'is in the log of deliveries, with more about it',
  WebhookDeliveryGivenUp: 'is in the log of deliveries, with more about it',
  JobRetried: 'the jobs themselves are in tables of the workers',
  JobDropped: 'the jobs themselves are in tables of the workers',
}

const choosing = READ_MODELS.flatMap(({ name, handles }) => (handles === 'all' ? [] : [{ name, handles }]))

it('shows every type of event in some table beside the audit trail, or says why not', () => {
  const handled = new Set(choosing.flatMap(({ handles }) => [...handles]))
  const unshown = [...EVENT_TYPES.keys()].filter((type) => !handled.has(type))
  expect(unshown.sort()).toEqual(Object.keys(SHOWN_BY_AUDIT_ALONE).sort())
})

it('handles no type that nothing writes', () => {
  for (const { name, handles } of choosing)
    expect([name, [...handles].filter((type) => !EVENT_TYPES.has(type))]).toEqual([name, []])
})

it('has each model once, with a table of its own', () => {
  expect(new Set(READ_MODELS.map(({ name }) => name)).size).toBe(READ_MODELS.length)
  for (const { name, version, table, indexes } of READ_MODELS) {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(version).toBeGreaterThanOrEqual(1)
    expect(table).toMatch(/^create table \{table\} \(/)
    expect(indexes).toContain('{table}')
  }
})
