import type { EventStoreDBClient } from '@eventstore/db-client'
import { PlatformError } from '../../platform-error.ts'
import type { CheckedAppend } from '../checked-append.ts'
import type { AppendResult } from '../event-store.ts'
import type { EventStoreLog } from '../event-store-log.ts'
import type { Connection, Link } from './connection.ts'
import { appendFailureOf, appendRemedyOf } from './failures.ts'
import { Flight } from './flight.ts'

export interface AppendLaneOptions {
  readonly connection: () => Pick<Connection, 'link' | 'renew' | 'renewSilent'>
  /** One attempt to append to a stream of the server. */
  readonly call: (client: EventStoreDBClient, stream: string, append: CheckedAppend) => Promise<AppendResult>
  readonly log: EventStoreLog
  /** Milliseconds after which an append without an answer is given up. */
  readonly timeoutMs: number
}

export interface AppendLane {
  /** `stream` is the server's name of the append's stream. */
  push(append: CheckedAppend, stream: string): Promise<AppendResult>
  /** The connection's calls were ended: what is under way is lost. */
  linkEnded(): void
  linkRenewed(): void
  /** Refuses new appends, waits up to 1.5 s for those that are under way, then gives them up. */
  close(): Promise<void>
}

/** More at once were measured to be hardly faster, and each then takes longer. */
const MOST_IN_FLIGHT = 64
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000
/** How far beyond its deadline an append may wait. */
const LATENESS_MS = 100
/** The server answers what it cannot commit after 2 to 3 s; a call that stays silent for longer than that is dead. */
const SILENCE_MS = 4000
const CLOSE_MS = 1500

/**
 * Sends appends, at most 64 at once, the others in the order they came. What is not answered is sent again as it was, until
 * its time is up: ids and an exact expected revision make that safe. No id is ever under way twice in one stream.
 */
export const newAppendLane = ({ connection, call, log, timeoutMs }: AppendLaneOptions): AppendLane => {
  /** All that have not landed, by stream. */
  const flights = new Map<string, Flight[]>()
  const queued: Flight[] = []
  const inFlight = new Set<Flight>()
  let heardAt = 0
  let pause = 0
  let pausing: NodeJS.Timeout | undefined
  let sweeping: NodeJS.Timeout | undefined
  let interrupted = false
  let closed = false
  let emptied: (() => void) | undefined

  const fill = (): void => {
    const { link } = connection()
    if (link === undefined || pausing !== undefined) return
    while (inFlight.size < MOST_IN_FLIGHT) {
      const flight = queued.shift()
      if (flight === undefined) return
      if (flight.wanted) send(flight, link) // else it was given up, and has landed
    }
  }

  const send = (flight: Flight, link: Link): void => {
    flight.sent(performance.now())
    inFlight.add(flight)
    const attempt = flight.attempts
    const isOpen = (): boolean => flight.sentAt !== undefined && flight.attempts === attempt
    call(link.client, flight.stream, flight.append).then(
      (result) => {
        if (!isOpen()) return
        heard()
        flight.answer(result)
        land(flight)
        fill()
      },
      (error: unknown) => {
        if (isOpen()) failed(flight, link, error)
      },
    )
  }

  const failed = (flight: Flight, link: Link, error: unknown): void => {
    const failure = appendFailureOf(error)
    const remedy = appendRemedyOf(error)
    const isAgain = failure.kind === 'lost' || failure.kind === 'not-sent'
    flight.failed(error, failure.kind === 'lost')
    if (failure.kind === 'conflict') flight.conflict(failure.actualRevision)
    else if (failure.kind === 'refused') flight.refuse(error)
    else if (failure.kind === 'broken') flight.giveUp('the server does not let it be written')
    if (isAgain) again(flight, error)
    else {
      heard()
      land(flight)
    }
    connection().renew(link, remedy)
    fill()
  }

  const again = (flight: Flight, error: unknown): void => {
    inFlight.delete(flight)
    if (closed) flight.giveUp('the event store is closed')
    if (flight.wanted) queued.unshift(flight)
    else land(flight)
    if (!interrupted) log.warn({ err: error, appends: inFlight.size + queued.length }, 'appends are interrupted')
    interrupted = true
    if (pausing !== undefined || closed) return
    pause = Math.min(Math.max(pause * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS)
    pausing = setTimeout(() => {
      pausing = undefined
      fill()
    }, pause)
  }

  const heard = (): void => {
    heardAt = performance.now()
    pause = 0
    if (!interrupted) return
    interrupted = false
    log.info({}, 'appends go on')
  }

  const land = (flight: Flight): void => {
    inFlight.delete(flight)
    const others = flights.get(flight.stream)?.filter((other) => other !== flight) ?? []
    if (others.length === 0) flights.delete(flight.stream)
    else flights.set(flight.stream, others)
    flight.land()
    if (flights.size > 0) return
    clearInterval(sweeping)
    sweeping = undefined
    emptied?.()
  }

  const allLanded = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const limit = setTimeout(resolve, ms)
      emptied = () => {
        clearTimeout(limit)
        resolve()
      }
    })

  const sweep = (): void => {
    const now = performance.now()
    for (const flight of [...flights.values()].flat()) {
      flight.expire(now, `no answer within ${timeoutMs} ms`)
      if (!flight.wanted && !inFlight.has(flight)) land(flight)
    }
    const { link } = connection()
    const [oldest] = inFlight
    if (link !== undefined && oldest?.sentAt !== undefined && now - Math.max(oldest.sentAt, heardAt) >= SILENCE_MS) {
      connection().renewSilent(link, `no append was answered for ${SILENCE_MS} ms`)
    }
  }

  const take = (append: CheckedAppend, stream: string, others: readonly Flight[]): Flight => {
    const flight = new Flight(append, stream)
    flights.set(stream, [...others, flight])
    // One timer for all: one each costs more than all else that an append needs here.
    sweeping ??= setInterval(sweep, LATENESS_MS)
    const before = others.filter((other) => other.sharesEventWith(append)).map(({ landed }) => landed)
    if (before.length === 0) queued.push(flight)
    else void Promise.all(before).then(() => enqueue(flight))
    return flight
  }

  const enqueue = (flight: Flight): void => {
    queued.push(flight)
    fill()
  }

  return {
    push(append, stream) {
      if (closed) return Promise.reject(new PlatformError('unavailable', 'the event store is closed'))
      const others = flights.get(stream) ?? []
      const flight = others.find((other) => other.isRepeatedBy(append)) ?? take(append, stream, others)
      const result = flight.join(performance.now() + timeoutMs)
      fill()
      return result
    },
    linkEnded() {
      const error = new Error('the call was ended before its answer came')
      // Each goes to the front of the queue: the oldest as the last.
      for (const flight of [...inFlight].reverse()) {
        flight.failed(error, true)
        again(flight, error)
      }
    },
    linkRenewed: fill,
    async close() {
      closed = true
      if (flights.size > 0) await allLanded(CLOSE_MS)
      clearTimeout(pausing)
      clearInterval(sweeping)
      for (const flight of [...flights.values()].flat()) flight.giveUp('the event store is closed')
    },
  }
}
