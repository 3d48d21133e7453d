import type { Sql } from 'postgres'
import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import type { JobQueue } from '../platform/job-queue/job-queue.ts'
import type { Log } from '../platform/log/log.ts'
import { decideBatch, isIdle, type Decision } from './decide-batch.ts'
import type { ReadEvent } from './logged-event.ts'
import { moveCheckpoint, noteError, openRecord } from './checkpoint.ts'
import { startFeeder, type Feeder } from './pending/feeder.ts'
import { countJobs, listLanes } from './pending/lane-rows.ts'
import { newLanes, type LaneLimits, type Lanes } from './pending/lanes.ts'
import { writeDecision, type LaneChoice, type Written } from './pending/write-decision.ts'
import type { ProcessManager } from './work.ts'

export interface LeadingParts {
  readonly sql: Sql
  readonly tail: Tail
  readonly queue: JobQueue
  readonly log: Log
  readonly read: ReadEvent
  readonly limits?: LaneLimits | undefined
}

/** A process manager in the hands of the process that leads it. Its functions are called one after another. */
export interface Led {
  readonly manager: ProcessManager
  readonly lanes: Lanes
  readonly feeder: Feeder
  /** Everything up to here was decided; what is stored may lie behind it by what changed nothing. */
  readonly position: Position
  /** Why it stands still. */
  readonly halted: string | undefined
  /**
   * Decides events and writes what follows; returns how many jobs did.
   * @throws {ManagerMoved} another process led it on; and what the database throws
   */
  advance(events: readonly RecordedEvent[]): Promise<number>
  /** Writes the position. Throws as `advance` does. */
  store(): Promise<void>
}

/** How long what changes nothing may leave the stored position behind. */
const STORE_AFTER_MS = 1000

/** Reads where the manager stands, and makes it this process's. */
export const openLed = async (
  { sql, queue, log, read, limits }: LeadingParts,
  manager: ProcessManager,
): Promise<Led> => {
  const { name } = manager
  const record = await openRecord(sql, manager)
  let { state, checkpoint: position } = record
  let stored = position
  let storedAt = performance.now()
  let halted: string | undefined
  const lanes = newLanes(await listLanes(sql, name), await countJobs(sql, name), limits)
  const feeder = startFeeder({ sql, queue, lanes, manager: name, log })

  const choiceFor = ({ jobs, droppedLanes }: Decision): LaneChoice => {
    const off = new Set<string>()
    const takenOff = new Set<string>()
    for (const { lane } of jobs.values()) {
      const known = droppedLanes.has(lane) ? undefined : lanes.find(lane)
      if (known === undefined) continue
      // a manager that was started over knows only at the head which jobs are left: until then all have rows
      if (known.off === undefined && feeder.began && known.rows >= lanes.limits.off) takenOff.add(lane)
      if (known.off !== undefined || takenOff.has(lane)) off.add(lane)
    }
    return { off, takenOff: [...takenOff] }
  }

  const noteLanes = (decision: Decision, { takenOff }: LaneChoice): void => {
    for (const lane of decision.droppedLanes) {
      const known = lanes.find(lane)
      if (known === undefined) continue
      lanes.clear(known)
      Object.assign(known, { held: false, off: undefined })
      feeder.turned(known)
    }
    for (const [lane, wanted] of decision.lanes) {
      const known = lanes.of(lane)
      known.held = wanted === 'held'
      if (known.held) feeder.turned(known)
      else feeder.grown(known)
    }
    for (const lane of takenOff) {
      lanes.of(lane).off = { at: position, state }
      log.warn(
        { manager: name, lane, rows: lanes.of(lane).rows },
        'a lane has too many pending jobs; the log keeps the rest',
      )
    }
  }

  const noteWritten = (decision: Decision, { inserted, settled, revived }: Written): void => {
    for (const { lane, kind } of settled) lanes.count(lanes.of(lane), kind, -1)
    feeder.over([...decision.settled])
    if (decision.dropped.size > 0) feeder.cancelled(settled.filter(({ id }) => decision.dropped.has(id)))
    feeder.revived(revived)
    feeder.added(inserted)
    for (const { lane } of settled) lanes.forget(lanes.of(lane))
  }

  const write = async (decision: Decision): Promise<void> => {
    const choice = choiceFor(decision)
    const written = await writeDecision(sql, manager, { position, stored, state }, decision, choice)
    noteLanes(decision, choice)
    noteWritten(decision, written)
    stored = decision.position
    storedAt = performance.now()
  }

  const store = async (): Promise<void> => {
    if (stored === position) return
    await sql.begin((tx) => moveCheckpoint(tx, manager, stored, position, undefined))
    stored = position
    storedAt = performance.now()
  }

  const halt = async ({ event, reason }: NonNullable<Decision['poison']>): Promise<void> => {
    await store()
    halted = `event ${event.type} at ${event.position} (stream ${event.stream}): ${reason}`
    log.error({ manager: name, reason: halted }, 'process manager halted: it cannot decide an event')
    await noteError(sql, manager, stored, halted)
  }

  return {
    manager,
    lanes,
    feeder,
    get position() {
      return position
    },
    get halted() {
      return halted
    },
    async advance(events) {
      let rest = events
      let wanted = 0
      while (rest.length > 0 && halted === undefined) {
        const decision = decideBatch(manager, { state, position }, rest, read)
        if (!isIdle(decision, state)) await write(decision)
        state = decision.state
        position = decision.position
        rest = decision.rest
        wanted += decision.jobs.size
        if (decision.poison !== undefined) await halt(decision.poison)
      }
      if (performance.now() - storedAt > STORE_AFTER_MS) await store()
      return wanted
    },
    store,
  }
}
