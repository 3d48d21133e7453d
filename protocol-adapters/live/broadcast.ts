import { setImmediate as yielding } from 'node:timers/promises'
import { shownRefusal } from '../../commands/shown-refusal.ts'
import type { Principal } from '../../domain/access/authorise.ts'
import { filterKey, wants, type EventFilter } from '../../domain/live/event-filter.ts'
import { seenBy, type RepositoryToday } from '../../domain/live/event-sight.ts'
import type { LiveEvent } from '../../domain/live/live-event.ts'
import type { Position } from '../../platform/event-store/event-store.ts'
import type { Log } from '../../platform/log/log.ts'
import {
  followEvents,
  liveFormOf,
  mayPass,
  repositoryToday,
  shownByQueries,
  type LiveSources,
} from '../http/live-events/follow-events.ts'
import { eventFrame } from './frames.ts'
import type { Listener } from './listener.ts'

export interface BroadcastSources extends Omit<LiveSources, 'sql'> {
  readonly tail: LiveSources['tail'] & { readonly position: Position }
  readonly log: Log
}

/** All listeners of this process. */
export interface Broadcast {
  readonly listeners: number
  /** Gives the listener everything after its position, and then what comes, until it is gone. */
  attend(listener: Listener): void
  /** Ends all streams, so that the clients go on elsewhere. */
  stop(): Promise<void>
}

const BATCH_SIZE = 100
/** Listeners served in one go; others of the process have their turn in between. */
const TURN = 200
/** What is given at once to a listener at most, unless one event is larger; more is for its own pace. */
const MOST_BYTES = 262_144
/** How long the others of a turn wait for credentials that have to be looked up. */
const LOOK_UP_MS = 250
const LOOK_MS = 1000
const STOPPING = 'this server stops'

/** Listeners that ask for the same events. */
interface Group {
  readonly filter: EventFilter
  readonly listeners: Set<Listener>
}

interface Told {
  readonly event: LiveEvent
  readonly today: RepositoryToday | undefined
}

/**
 * One follower of the log for all who are at its head: an event is read, judged and serialised once for those who see the
 * same of it. Whoever is behind, or does not take what is written, follows the log at a pace of their own until they have
 * caught up.
 */
export const startBroadcast = (sources: BroadcastSources): Broadcast => {
  const { tail, log } = sources
  const stopping = new AbortController()
  const { signal } = stopping
  const everybody = new Set<Listener>()
  const joined = new Map<string, Group>()
  const keys = new WeakMap<Listener, string>()
  /** Everything up to here was told to those who have joined. */
  let position = tail.position
  /** The same of what is being told right now. */
  let goal = position

  const leave = (listener: Listener): void => {
    const key = keys.get(listener)
    if (key === undefined) return
    keys.delete(listener)
    const group = joined.get(key)
    group?.listeners.delete(listener)
    if (group?.listeners.size === 0) joined.delete(key)
    if (listener.position < position) listener.position = position
  }

  /** Only who has had everything that is told may join: what comes next is the next that it is given. */
  const join = (listener: Listener): boolean => {
    if (listener.position < goal || !listener.ready) return false
    const key = filterKey(listener.filter)
    const group = joined.get(key) ?? { filter: listener.filter, listeners: new Set() }
    group.listeners.add(listener)
    joined.set(key, group)
    keys.set(listener, key)
    return true
  }

  const principalOf = async ({ caller }: Listener): Promise<Principal | undefined> => {
    const known = caller.peek()
    return known === 'ask' ? await caller.ask() : known
  }

  const catchUp = async (listener: Listener): Promise<void> => {
    const followed = { filter: listener.filter, principalOf: () => principalOf(listener), signal: listener.signal }
    await listener.drained()
    if (listener.signal.aborted || join(listener)) return
    for await (const { position: reached, seen } of followEvents(sources, followed, listener.position)) {
      if (listener.signal.aborted) return
      if (seen !== undefined) listener.write(eventFrame(seen))
      listener.position = reached
      await listener.drained()
      if (listener.signal.aborted || join(listener)) return
    }
  }

  const pace = (listener: Listener): void => {
    catchUp(listener).catch((error: unknown) => giveUp(listener, error))
  }

  const giveUp = (listener: Listener, error: unknown): void => {
    if (shownRefusal(error).code === 'internal') log.error({ err: error }, 'a stream of live events broke')
    listener.fail(error)
  }

  /** Credentials that are not known for sure are looked up before it is their turn, as far as that is quick. */
  const lookUp = async (turn: readonly Listener[]): Promise<void> => {
    const asked = turn.filter(({ caller }) => caller.peek() === 'ask')
    if (asked.length === 0) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LOOK_UP_MS)))
    const answers = asked.map((listener) =>
      listener.caller.ask().catch((error: unknown) => {
        if (!mayPass(error)) giveUp(listener, error)
      }),
    )
    await Promise.race([Promise.all(answers), late])
    clearTimeout(timer)
  }

  const framesFor = (principal: Principal | undefined, told: readonly Told[]): Buffer | undefined => {
    const frames = told.flatMap(({ event, today }) => {
      const seen = seenBy(principal, event, today)
      return seen === undefined ? [] : [eventFrame(seen)]
    })
    return frames.length > 1 ? Buffer.concat(frames) : frames[0]
  }

  /** Nothing is waited for in here, so that what was found out just before still holds. */
  const give = (turn: readonly Listener[], told: readonly Told[], last: Position): void => {
    const memory = new Map<Principal | undefined, Buffer | undefined>()
    for (const listener of turn) {
      if (!keys.has(listener) || listener.signal.aborted || listener.position >= last) continue
      const principal = listener.caller.peek()
      if (principal === 'ask' || listener.position > position) {
        leave(listener)
        pace(listener)
        continue
      }
      if (!memory.has(principal)) memory.set(principal, framesFor(principal, told))
      const frames = memory.get(principal)
      const alone = told.length === 1
      if (frames !== undefined && (alone || frames.length <= MOST_BYTES)) listener.write(frames)
      if (frames === undefined || alone || frames.length <= MOST_BYTES) listener.position = last
      if (listener.ready && listener.position === last) continue
      leave(listener)
      pace(listener)
    }
  }

  const tell = async (events: readonly LiveEvent[], last: Position): Promise<void> => {
    const wanted = events.filter((event) => [...joined.values()].some(({ filter }) => wants(filter, event)))
    const newest = wanted.at(-1)
    if (newest === undefined) return
    await shownByQueries(sources, newest.position, signal)
    for (const { filter, listeners } of [...joined.values()]) {
      const theirs = wanted.filter((event) => wants(filter, event))
      const group = theirs.length === 0 ? [] : [...listeners]
      for (let first = 0; first < group.length && !signal.aborted; first += TURN) {
        const turn = group.slice(first, first + TURN)
        await lookUp(turn)
        const told: Told[] = []
        for (const event of theirs) told.push({ event, today: await repositoryToday(sources, event, signal) })
        give(turn, told, last)
        await yielding()
      }
    }
  }

  const run = async (): Promise<void> => {
    for await (const batch of tail.follow(position, { signal, batchSize: BATCH_SIZE })) {
      goal = batch.position
      if (joined.size > 0 && batch.events.length > 0) await tell(batch.events.map(liveFormOf), batch.position)
      position = batch.position
    }
  }

  /** An event that cannot be told (a newer Waybill wrote it): nobody here gets on, and all go on elsewhere. */
  const endAll = (error: unknown): void => {
    log.error({ err: error, position }, 'live events cannot go on from here')
    for (const listener of everybody) listener.fail(error)
    position = tail.position
    goal = position
  }

  const running = (async () => {
    while (!signal.aborted) await run().catch(endAll)
  })()

  const looking = setInterval(() => {
    const now = performance.now()
    for (const listener of everybody) {
      listener.beat(now, keys.has(listener) ? position : listener.position).catch((error: unknown) => {
        if (!mayPass(error)) giveUp(listener, error)
      })
    }
  }, LOOK_MS)
  looking.unref()

  return {
    get listeners() {
      return everybody.size
    },
    attend(listener) {
      everybody.add(listener)
      const gone = (): void => {
        everybody.delete(listener)
        leave(listener)
      }
      listener.signal.addEventListener('abort', gone, { once: true })
      if (listener.signal.aborted) gone()
      else if (signal.aborted) listener.end(STOPPING)
      else pace(listener)
    },
    async stop() {
      stopping.abort()
      clearInterval(looking)
      for (const listener of everybody) listener.end(STOPPING)
      await running
    },
  }
}
