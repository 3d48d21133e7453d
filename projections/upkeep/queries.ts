import type { Sql } from 'postgres'

/** A task of upkeep. This is no read model: the process that does the work writes the tables. */
export interface UpkeepTaskRow {
  readonly name: string
  readonly summary: string
  readonly schedule: string
  readonly nextAt: Date
  /** Undefined: never. */
  readonly beganAt: Date | null
  /** Null: it was never done, is being done, or its process died in the middle. */
  readonly endedAt: Date | null
  /** In a row. */
  readonly failures: number
}

export interface UpkeepRunRow {
  readonly task: string
  readonly beganAt: Date
  readonly endedAt: Date
  /** Null: it failed. */
  readonly freed: number | null
  readonly error: string | null
}

export const listUpkeepTasks = (sql: Sql): Promise<readonly UpkeepTaskRow[]> => sql<UpkeepTaskRow[]>`
  select name, summary, schedule, next_at as "nextAt", began_at as "beganAt", ended_at as "endedAt", failures
  from upkeep_tasks order by name`

/** The last runs of a task, newest first. */
export const listUpkeepRuns = async (sql: Sql, task: string, limit: number): Promise<readonly UpkeepRunRow[]> => {
  const rows = await sql<(Omit<UpkeepRunRow, 'freed'> & { readonly freed: string | null })[]>`
    select task, began_at as "beganAt", ended_at as "endedAt", freed, error
    from upkeep_runs where task = ${task} order by began_at desc limit ${limit}`
  return rows.map((row) => ({ ...row, freed: row.freed === null ? null : Number(row.freed) }))
}
