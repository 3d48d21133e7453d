import type postgres from 'postgres'
import { PlatformError } from '../../platform-error.ts'
import type { CheckedAppend } from '../checked-append.ts'
import type { AppendResult } from '../event-store.ts'
import { positionOf } from './positions.ts'

/** What became of one request: its result, or, refused, the revision that its stream is at. */
export type Outcome = AppendResult | { readonly actualRevision: number }

/** JSON text holds no raw control character, so this one separates JSON texts (RFC 7464); it needs no escaping. */
const SEPARATOR = '\x1e'

/** A stream never gets this far, so a request that expects more is a conflict like one that expects this. */
const MOST_REVISIONS = 2_000_000_000

/**
 * One call of `event_store.append`: an outcome per request, in their order. It is committed as a whole or not at all.
 *
 * All callers wait while this runs, so the parameters are written in one pass, and the answer is one row: to take apart
 * a row each costs the driver more than all else here.
 */
export const callAppend = async (
  sql: postgres.Sql,
  requests: readonly CheckedAppend[],
): Promise<readonly Outcome[]> => {
  let streams = ''
  let expected = ''
  let counts = ''
  let owners = ''
  let revisions = ''
  let ids = ''
  let types = ''
  let data = ''
  let metadata = ''
  let owner = 0
  for (const request of requests) {
    const comma = owner === 0 ? '' : ','
    const from = Math.min(request.expected, MOST_REVISIONS)
    owner += 1
    streams += comma + quoted(request.stream)
    expected += `${comma}${from}`
    counts += `${comma}${request.events.length}`
    let revision = from
    for (const event of request.events) {
      const first = owners === ''
      const between = first ? '' : ','
      const separator = first ? '' : SEPARATOR
      revision += 1
      owners += `${between}${owner}`
      revisions += `${between}${revision}`
      ids += between + event.id
      types += between + quoted(event.type)
      data += separator + event.data
      metadata += separator + event.metadata
    }
  }
  const [row] = await sql<[{ told: string | null }]>`
    select string_agg(request || ':' || revision || ':' || coalesce(position::text, ''), ',') as told
    from event_store.append(
      ${`{${streams}}`}::text[], ${`{${expected}}`}::int[], ${`{${counts}}`}::int[], ${`{${owners}}`}::int[],
      ${`{${revisions}}`}::int[], ${`{${ids}}`}::uuid[], ${`{${types}}`}::text[], ${data}, ${metadata}
    )`
  return outcomesOf(row.told, requests.length)
}

const outcomesOf = (told: string | null, count: number): readonly Outcome[] => {
  const outcomes: Outcome[] = new Array<Outcome>(count)
  const rows = told?.split(',') ?? []
  for (const row of rows) {
    const [request, revision, position] = row.split(':') as [string, string, string]
    outcomes[Number(request) - 1] =
      position === ''
        ? { actualRevision: Number(revision) }
        : { revision: Number(revision), position: positionOf(position) }
  }
  if (rows.length !== count) {
    throw new PlatformError('unknown-outcome', `event_store.append answered ${rows.length} of ${count} requests`)
  }
  return outcomes
}

/** An element of an array literal, written by hand because the driver's own serialiser is several times slower. */
const quoted = (value: string): string =>
  `"${value.includes('"') || value.includes('\\') ? value.replaceAll(/["\\]/g, '\\$&') : value}"`
