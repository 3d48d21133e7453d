import { allows, type Action, type Principal } from '../access/authorise.ts'
import { registryEvents } from '../registry/event-types.ts'
import type { LiveEvent } from './live-event.ts'
import { maySeeName, maySeeProject, maySeeRepository } from './visibility.ts'

/** An event in the form that somebody may see. */
export interface SeenEvent {
  readonly event: LiveEvent
  /** They may read the audit trail there: they also learn by what means the actor signed in. */
  readonly audited: boolean
}

/** The repository that has the name of the event's today; undefined where there is none, and for events of no repository. */
export interface RepositoryToday {
  readonly repositoryId: string
  readonly public: boolean
}

/** What readers of a thing may see of its changes; everything else is for those who may read the audit trail there. */
const READ_BY_READERS: ReadonlySet<string> = new Set(registryEvents.map(({ name }) => name))

/** Whether readers of a thing are told of events of the type. */
export const isForReaders = (type: string): boolean => READ_BY_READERS.has(type)

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
  { type, project, repository }: LiveEvent,
  data: InThing,
  today: RepositoryToday | undefined,
): boolean => {
  if (project === null) return false
  if (repository === null) return maySeeProject(principal, project, false)
  const same = today?.repositoryId === data.repositoryId
  const place = { project, repository, open: same && today?.public === true }
  if (type.startsWith('Repository')) return maySeeRepository(principal, place)
  if (!same && !may(principal, 'read-history', project, repository)) return false
  return maySeeName(principal, place, data.package ?? data.path ?? '')
}

/**
 * The event as somebody with these permissions may see it, `today` being the repository that has its name now; undefined: not
 * at all. The one rule for subscriptions, `/api/events` and webhooks.
 */
export const seenBy = (
  principal: Principal | undefined,
  event: LiveEvent,
  today: RepositoryToday | undefined,
): SeenEvent | undefined => {
  if (may(principal, 'audit', event.project, event.repository)) return { event, audited: true }
  if (!READ_BY_READERS.has(event.type)) return undefined
  const data = event.data as InThing
  if (!mayReadThing(principal, event, data, today)) return undefined
  const shown = withoutSource(principal, data)
  return { event: shown === data ? event : { ...event, data: shown }, audited: false }
}

/** As Waybill itself has it: for receivers that the operator trusts with everything. */
export const seenWhole = (event: LiveEvent): SeenEvent => ({ event, audited: true })
