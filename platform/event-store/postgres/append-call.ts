import type postgres from 'postgres'
import { PlatformError } from '../../platform-error.ts'
import type { CheckedAppend, WrittenEvent } from '../checked-append.ts'
import type { AppendResult } from '../event-store.ts'
import { positionOf } from './positions.ts'

/** What became of one request: its result, or, refused, the revision that its stream is at. */
export type Outcome = AppendResult | { readonly actualRevision: number }

type Row = [request: number, revision: number, position: string | null]

/** JSON text holds no raw control character, so this one separates JSON texts (RFC 7464); it needs no escaping. */
const SEPARATOR = '\x1e'

/** A stream never gets this far, so a request that expects more is a conflict like one that expects this. */
const MOST_REVISIONS = 2_000_000_000

/** One call of `event_store.append`: an outcome per request, in their order. It is committed as a whole or not at all. */
export const callAppend = async (
  sql: postgres.Sql,
  requests: readonly CheckedAppend[],
): Promise<readonly Outcome[]> => {
  const events: WrittenEvent[] = []
  const owners: number[] = []
  const revisions: number[] = []
  const expected = requests.map((request) => Math.min(request.expected, MOST_REVISIONS))
  for (const [index, request] of requests.entries()) {
    for (const [offset, event] of request.events.entries()) {
      events.push(event)
      owners.push(index + 1)
      revisions.push((expected[index] ?? 0) + 1 + offset)
    }
  }
  const rows = await sql`select * from event_store.append(
    ${textArray(requests.map(({ stream }) => stream))}::text[],
    ${plainArray(expected)}::int[],
    ${plainArray(requests.map((request) => request.events.length))}::int[],
    ${plainArray(owners)}::int[],
    ${plainArray(revisions)}::int[],
    ${plainArray(events.map(({ id }) => id))}::uuid[],
    ${textArray(events.map(({ type }) => type))}::text[],
    ${events.map(({ data }) => data).join(SEPARATOR)},
    ${events.map(({ metadata }) => metadata).join(SEPARATOR)}
  )`.values()
  return outcomesOf(rows as unknown as readonly Row[], requests.length)
}

const outcomesOf = (rows: readonly Row[], count: number): readonly Outcome[] => {
  const outcomes: Outcome[] = new Array<Outcome>(count)
  for (const [request, revision, position] of rows) {
    outcomes[request - 1] =
      position === null ? { actualRevision: revision } : { revision, position: positionOf(position) }
  }
  if (rows.length !== count) {
    throw new PlatformError('unknown-outcome', `event_store.append answered ${rows.length} of ${count} requests`)
  }
  return outcomes
}

/** Array literals, written by hand because the driver's own serialiser is several times slower. */
const textArray = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replaceAll(/["\\]/g, '\\$&')}"`).join(',')}}`

const plainArray = (values: readonly (number | string)[]): string => `{${values.join(',')}}`
