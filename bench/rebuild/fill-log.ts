import type { Sql } from '../../platform/database/database.ts'
import { checkedAppend } from '../../platform/event-store/checked-append.ts'
import { callAppend } from '../../platform/event-store/postgres/append-call.ts'
import { type LogEntry, registryLog } from './registry-log.ts'

/** Far more than the event store puts into one call, for nobody else appends. */
const APPENDS_A_CALL = 2000

export interface FilledLog {
  readonly events: number
  /** Of data and metadata as stored, the mean of the events. */
  readonly eventBytes: number
  /** How many events there are of each type, most first. */
  readonly types: Readonly<Record<string, number>>
  readonly seconds: number
}

/** Appends so many events of a made-up registry by the event store's own function, one stream for each thing. */
export async function fillLog(sql: Sql, events: number): Promise<FilledLog> {
  const log = registryLog()
  const types = new Map<string, number>()
  const began = performance.now()
  let characters = 0
  let underWay: Promise<unknown> = Promise.resolve()
  for (let left = events; left > 0; left -= APPENDS_A_CALL) {
    const entries: LogEntry[] = []
    while (entries.length < Math.min(left, APPENDS_A_CALL)) entries.push(log.next().value)
    const appends = entries.map(({ stream, event, expectedRevision }) =>
      checkedAppend(stream, [event], expectedRevision),
    )
    for (const { event } of entries) types.set(event.type, (types.get(event.type) ?? 0) + 1)
    characters += appends.reduce((sum, { size }) => sum + size, 0)
    await underWay
    underWay = callAppend(sql, appends)
    underWay.catch(() => undefined) // thrown where it is awaited
  }
  await underWay
  await sql`vacuum analyze event_store.events`
  return {
    events,
    eventBytes: Math.round(characters / events),
    types: Object.fromEntries([...types].sort(([, a], [, b]) => b - a)),
    seconds: (performance.now() - began) / 1000,
  }
}
