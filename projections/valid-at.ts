import type { Sql } from 'postgres'
import { END } from '../platform/event-store/event-store.ts'
import type { AsOf } from './as-of.ts'

/** The condition on a history table (by its alias, with a dot) for rows valid at the bound. */
export const validAt = (sql: Sql, asOf: AsOf, alias: '' | 'v.' | 't.' | 'p.' | 'f.' = '') =>
  asOf === END
    ? sql`${sql.unsafe(alias)}valid_to is null`
    : sql`${sql.unsafe(alias)}valid_from <= ${asOf} and (${sql.unsafe(alias)}valid_to is null or ${sql.unsafe(alias)}valid_to > ${asOf})`
