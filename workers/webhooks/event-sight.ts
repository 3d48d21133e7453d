import type { Sql } from 'postgres'
import type { Principal } from '../../domain/access/authorise.ts'
import { seenBy, type RepositoryToday, type SeenEvent } from '../../domain/live/event-sight.ts'
import type { LiveEvent } from '../../domain/live/live-event.ts'
import type { RecordedEvent } from '../../platform/event-store/event-store.ts'
import { FreshCache, type Affected } from '../../platform/event-store/fresh-cache.ts'
import type { Tail } from '../../platform/event-store/tail.ts'
import { PlatformError } from '../../platform/platform-error.ts'
import { accountWithRoles, ROLE_CHANGES } from '../../projections/accounts/queries.ts'
import type { ReadModelProgress } from '../../projections/read-models.ts'
import { findRepository } from '../../projections/repositories/queries.ts'

export interface SightSources {
  readonly sql: Sql
  readonly tail: Tail
  readonly progress: Pick<ReadModelProgress, 'reached'>
}

const ABSENT = 'absent'

const repositoryKey = (data: unknown): string => {
  const { project, repository } = data as { readonly project: string; readonly repository: string }
  return `${project}/${repository}`
}

const affectedRepository = ({ type, data }: RecordedEvent): Affected =>
  type.startsWith('Repository') ? [repositoryKey(data)] : undefined

/** The event as the account may see it now; undefined: not at all, or there is no such account that may sign in. */
export type SightOf = (accountId: string, event: LiveEvent) => Promise<SeenEvent | undefined>

/** From memory while the log confirms it, else from the read models; throws `unavailable` while those are behind a revocation. */
export const eventSight = ({ sql, tail, progress }: SightSources): SightOf => {
  const principals = new FreshCache<Principal | typeof ABSENT>({
    tail,
    affects: ({ type }) => (ROLE_CHANGES.has(type) ? 'all' : undefined),
    ready: async (position) => {
      if (await progress.reached(position)) return true
      throw new PlatformError('unavailable', 'permissions were changed, and the read models have not caught up yet')
    },
  })
  const repositories = new FreshCache<RepositoryToday | typeof ABSENT>({
    tail,
    affects: affectedRepository,
    ready: (position) => progress.reached(position),
  })

  const load = async (accountId: string): Promise<Principal | typeof ABSENT> => {
    const account = await accountWithRoles(sql, accountId)
    if (account?.status !== 'active') return ABSENT
    return { accountId, kind: account.kind, via: 'webhook', grants: account.grants }
  }

  const today = async ({ project, repository }: LiveEvent): Promise<RepositoryToday | undefined> => {
    if (project === null || repository === null) return undefined
    const find = async () => (await findRepository(sql, project, repository)) ?? ABSENT
    const found = await repositories.get(repositoryKey({ project, repository }), find)
    return found === ABSENT ? undefined : found
  }

  return async (accountId, event) => {
    const principal = await principals.get(accountId, () => load(accountId))
    return principal === ABSENT ? undefined : seenBy(principal, event, await today(event))
  }
}
