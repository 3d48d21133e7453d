import { allows, type Action, type Principal } from '../domain/access/authorise.ts'
import { registryEvents } from '../domain/registry/event-types.ts'
import type { AuditRow } from '../projections/audit/queries.ts'
import type { RepositoryRow } from '../projections/repositories/queries.ts'
import type { Context } from './context.ts'
import type { EventNode } from './nodes.ts'
import { maySeeName, maySeeProject, maySeeRepository } from './visibility.ts'

/** What readers of a thing may see of its changes; everything else is for those who may read the audit trail there. */
const READ_BY_READERS = new Set<string>(registryEvents.map(({ name }) => name))

interface InThing {
  readonly repositoryId?: string
  readonly package?: string
  readonly path?: string
  /** The file that this one was copied or moved from. */
  readonly from?: { readonly project: string; readonly repository: string; readonly path: string }
}

const may = (principal: Principal | undefined, action: Action, project: string | null, repository: string | null) =>
  principal !== undefined &&
  allows(principal, action, {
    ...(project === null ? {} : { project }),
    ...(repository === null ? {} : { repository }),
  })

/** Without the place that a file came from, unless that may be read too. */
const withoutSource = (principal: Principal | undefined, data: InThing): InThing => {
  const { from, ...rest } = data
  if (from === undefined) return data
  return principal !== undefined && allows(principal, 'read', { ...from, name: from.path }) ? data : rest
}

const mayReadThing = (
  principal: Principal | undefined,
  { type, project, repository }: AuditRow,
  data: InThing,
  today: RepositoryRow | undefined,
): boolean => {
  if (project === null) return false
  if (repository === null) return maySeeProject(principal, project, false)
  const same = today?.repositoryId === data.repositoryId
  const place = { project, repository, open: same && today?.public === true }
  if (type.startsWith('Repository')) return maySeeRepository(principal, place)
  if (!same && !may(principal, 'read-history', project, repository)) return false
  return maySeeName(principal, place, data.package ?? data.path ?? '')
}

/** The event as this viewer may see it now; undefined: not at all. */
export const eventFor = async ({ api, principal }: Context, row: AuditRow): Promise<EventNode | undefined> => {
  const { type, project, repository } = row
  if (may(principal, 'audit', project, repository)) return { row, audited: true }
  if (!READ_BY_READERS.has(type)) return undefined
  const data = row.data as InThing
  const today = project === null || repository === null ? undefined : await api.repositories.find(project, repository)
  if (!mayReadThing(principal, row, data, today)) return undefined
  return { row: { ...row, data: withoutSource(principal, data) }, audited: false }
}
