import { setTimeout as delay } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { shownRefusal } from '../../../commands/shown-refusal.ts'
import type { Principal } from '../../../domain/access/authorise.ts'
import { requireSomethingSeen, wants, type EventFilter } from '../../../domain/live/event-filter.ts'
import { seenBy, type RepositoryToday, type SeenEvent } from '../../../domain/live/event-sight.ts'
import { liveEventOf, type LiveEvent } from '../../../domain/live/live-event.ts'
import type { Position, RecordedEvent } from '../../../platform/event-store/event-store.ts'
import type { Tail } from '../../../platform/event-store/tail.ts'
import { findProject } from '../../../projections/projects/queries.ts'
import type { ReadModelProgress } from '../../../projections/read-models.ts'

/** What live events are made of. */
export interface LiveSources {
  readonly sql: Sql
  readonly tail: Pick<Tail, 'follow'>
  readonly progress: Pick<ReadModelProgress, 'reached'>
  readonly repositories: {
    find(project: string, repository: string): Promise<RepositoryToday | undefined>
  }
}

export interface FollowedEvents {
  readonly filter: EventFilter
  /** Who follows, with the permissions of this moment; what it throws, unless it passes, ends the following. */
  readonly principalOf: () => Promise<Principal | undefined>
  readonly signal: AbortSignal
}

/** How far a follower has come, and the event that is given out there. */
export interface Followed {
  readonly position: Position
  readonly seen: SeenEvent | undefined
}

const BATCH_SIZE = 100
const RETRY_MS = 200

/** What a wait may mend: an engine that is away, or credentials that are not looked at for a while. */
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'timeout', 'too-many-attempts'])

export const mayPass = (error: unknown): boolean => PASSING.has(shownRefusal(error).code)

/** Asks until there is an answer; undefined when `signal` aborted meanwhile. Throws what does not pass. */
export const patiently = async <Answer>(
  ask: () => Promise<Answer>,
  signal: AbortSignal,
): Promise<Answer | undefined> => {
  while (!signal.aborted) {
    try {
      return await ask()
    } catch (error) {
      if (!mayPass(error)) throw error
      await delay(RETRY_MS, undefined, { signal }).catch(() => undefined) // aborted: the loop ends
    }
  }
  return undefined
}

/** Resolves once queries show what happened up to the position, or when `signal` aborts. */
export const shownByQueries = async (
  { progress }: Pick<LiveSources, 'progress'>,
  position: Position,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted && (await patiently(() => progress.reached(position), signal)) !== true);
}

/** The repository that has the name of the event's today. */
export const repositoryToday = async (
  { repositories }: Pick<LiveSources, 'repositories'>,
  { project, repository }: LiveEvent,
  signal: AbortSignal,
): Promise<RepositoryToday | undefined> =>
  project === null || repository === null
    ? undefined
    : await patiently(() => repositories.find(project, repository), signal)

const known = new WeakMap<RecordedEvent, LiveEvent>()

/** Every follower has the same event of the tail in hand: it is brought into today's form once. */
export const liveFormOf = (logged: RecordedEvent): LiveEvent => {
  let event = known.get(logged)
  if (event === undefined) {
    event = liveEventOf(logged)
    known.set(logged, event)
  }
  return event
}

/**
 * Whether somebody may listen there at all.
 * @throws {DomainError} `unauthenticated` | `not-found` | `forbidden` | `unavailable`
 */
export const requireListening = async (
  { sql, repositories }: Pick<LiveSources, 'sql' | 'repositories'>,
  principal: Principal | undefined,
  filter: EventFilter,
): Promise<void> => {
  const { project, repository } = filter
  const open =
    project !== undefined &&
    (repository === undefined
      ? (await findProject(sql, project))?.open === true
      : (await repositories.find(project, repository))?.public === true)
  requireSomethingSeen(principal, filter, open)
}

/**
 * The events after a position, and then as they come, each authorised at the moment it is given out: the credentials are
 * looked at again, so that what was revoked meanwhile ends the stream or thins it out. Nothing is read from the log before
 * the follower has taken what came before. An event is given out once queries show what it did. Without an event, it says
 * after each batch how far it is.
 */
export async function* followEvents(
  sources: Omit<LiveSources, 'sql'>,
  { filter, principalOf, signal }: FollowedEvents,
  after: Position,
): AsyncGenerator<Followed, void, void> {
  for await (const { events, position } of sources.tail.follow(after, { signal, batchSize: BATCH_SIZE })) {
    for (const event of events.map(liveFormOf).filter((one) => wants(filter, one))) {
      await shownByQueries(sources, event.position, signal)
      const today = await repositoryToday(sources, event, signal)
      const principal = await patiently(principalOf, signal)
      if (signal.aborted) return
      const seen = seenBy(principal, event, today)
      if (seen !== undefined) yield { position: event.position, seen }
    }
    yield { position, seen: undefined }
  }
}
