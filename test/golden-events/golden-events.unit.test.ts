import { readdirSync, readFileSync } from 'node:fs'
import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { account } from '../../domain/access/account/account.ts'
import { group } from '../../domain/access/group/group.ts'
import { roleGrant } from '../../domain/access/role-grant/role-grant.ts'
import { token } from '../../domain/access/token/token.ts'
import type { Decider } from '../../domain/decider.ts'
import { EVENT_TYPES, upcast } from '../../domain/event-catalogue.ts'
import type { DomainEvent } from '../../domain/event-type.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import { file } from '../../domain/registry/file/file.ts'
import { packageOwners } from '../../domain/registry/package/package.ts'
import { packageVersion } from '../../domain/registry/package-version/package-version.ts'
import { project } from '../../domain/registry/project/project.ts'
import { repository } from '../../domain/registry/repository/repository.ts'
import { star } from '../../domain/registry/star/star.ts'
import { tag } from '../../domain/registry/tag/tag.ts'
import { subscription } from '../../domain/webhooks/subscription/subscription.ts'
import { job } from '../../domain/work/job/job.ts'

/**
 * One event of each type and version that Waybill ever wrote. A file here is never changed or removed: logs out there
 * hold events like it, and every later Waybill must read them.
 */
const golden = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith('.json'))
  .map((name) => {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8')
    return { name, ...(JSON.parse(text) as { type: string; data: unknown; metadata: EventMetadata }) }
  })

/** `beginning`: the first event of a thing, without which nothing else can happen to it. */
const folded = <State, Command, Event extends DomainEvent>(
  beginning: Event['type'],
  { initialState, evolve }: Decider<State, Command, Event>,
) => ({
  beginning,
  initialState,
  fold: (...events: readonly DomainEvent[]): State => (events as readonly Event[]).reduce(evolve, initialState),
})

/** Who folds the events of a type, by how the type's name begins. */
const FOLDS = {
  Account: folded('AccountCreated', account),
  Group: folded('GroupCreated', group),
  Role: folded('RoleGranted', roleGrant),
  Token: folded('TokenCreated', token),
  Project: folded('ProjectCreated', project),
  Repository: folded('RepositoryCreated', repository),
  PackageVersion: folded('PackageVersionPublished', packageVersion),
  PackageOwner: folded('PackageOwnerAdded', packageOwners),
  PackageStarred: folded('PackageStarred', star),
  PackageUnstarred: folded('PackageStarred', star),
  Tag: folded('TagSet', tag),
  File: folded('FileStored', file),
  Webhook: folded('WebhookCreated', subscription),
  Job: folded('JobRetried', job),
}

/** Facts that no decision rests on. */
const NEVER_FOLDED = new Set(['StoreInitialised', 'AccessDenied', 'WebhookEventsDelivered', 'WebhookDeliveryGivenUp'])

const foldsOf = (type: string) => Object.entries(FOLDS).find(([name]) => type.startsWith(name))?.[1]

describe('the golden events', () => {
  it('hold every type in every version', () => {
    const expected = [...EVENT_TYPES.values()].flatMap(({ name, schemaVersion }) =>
      Array.from({ length: schemaVersion }, (_, index) => `${name}.v${index + 1}.json`),
    )
    expect(golden.map(({ name }) => name).sort()).toEqual(expected.sort())
  })

  it.each(golden)('$name is what its name says', ({ name, type, metadata }) => {
    expect(name).toBe(`${type}.v${metadata.schemaVersion}.json`)
  })

  it.each(golden)('$name is valid today', (stored) => {
    const definition = EVENT_TYPES.get(stored.type)!
    const { data } = upcast(stored)
    expect([...Compile(definition.data).Errors(data)]).toEqual([])
  })

  it.each(golden.filter(({ type }) => !NEVER_FOLDED.has(type)))('$name folds', (stored) => {
    const { initialState, beginning, fold } = foldsOf(stored.type)!
    const first = upcast(golden.find(({ type }) => type === beginning)!)
    expect(fold(first)).not.toEqual(initialState)
    expect(fold(first, upcast(stored))).toBeDefined()
  })

  it('are closed: a field that the schema does not name is refused', () => {
    for (const { name, type, data } of golden) {
      const stray = { ...(data as object), stray: true }
      expect(Compile(EVENT_TYPES.get(type)!.data).Check(stray), name).toBe(false)
    }
  })
})
