import type { Sql } from 'postgres'
import type { MigrationSet } from '../../platform/database/migrations.ts'
import type { TaskHistory } from './due.ts'
import type { UpkeepTask } from './upkeep-task.ts'

/** What the tasks are and how the last of them went, for whoever asks and for the process that leads next. */
export const upkeepMigrations: MigrationSet = {
  name: 'upkeep',
  files: [
    {
      id: '0001-upkeep',
      sql: `
        create table upkeep_tasks (
          name     text collate "C" primary key,
          summary  text not null,
          schedule text not null,
          next_at  timestamptz not null,
          began_at timestamptz,
          ended_at timestamptz,
          failures integer not null default 0
        );
        create table upkeep_runs (
          task     text collate "C" not null,
          began_at timestamptz not null,
          ended_at timestamptz not null,
          freed    bigint,
          error    text,
          primary key (task, began_at)
        )`,
    },
  ],
}

/** How long what was done is shown. */
const KEPT = '30 days'

const millisecondsOf = (date: Date | null): number | undefined => date?.getTime()

export interface TaskRecords {
  /** What is known of the tasks by name. */
  read(): Promise<ReadonlyMap<string, TaskHistory>>
  /** Lists the tasks that there are, and forgets others. */
  list(tasks: readonly { readonly task: UpkeepTask; readonly nextAt: number }[]): Promise<void>
  began(name: string, at: number): Promise<void>
  /** `outcome`: what was freed, or why it failed. */
  ended(
    name: string,
    run: {
      readonly beganAt: number
      readonly endedAt: number
      readonly nextAt: number
      readonly outcome: number | string
    },
  ): Promise<void>
}

export const taskRecords = (sql: Sql): TaskRecords => ({
  async read() {
    const rows = await sql<{ name: string; began_at: Date | null; ended_at: Date | null; failures: number }[]>`
      select name, began_at, ended_at, failures from upkeep_tasks`
    return new Map(
      rows.map(({ name, began_at, ended_at, failures }) => [
        name,
        { beganAt: millisecondsOf(began_at), endedAt: millisecondsOf(ended_at), failures },
      ]),
    )
  },

  async list(tasks) {
    await sql.begin(async (tx) => {
      await tx`delete from upkeep_tasks where name <> all(${tasks.map(({ task }) => task.name)})`
      for (const { task, nextAt } of tasks)
        await tx`
          insert into upkeep_tasks (name, summary, schedule, next_at)
          values (${task.name}, ${task.summary}, ${task.schedule}, ${new Date(nextAt)})
          on conflict (name) do update
          set summary = excluded.summary, schedule = excluded.schedule, next_at = excluded.next_at`
    })
  },

  async began(name, at) {
    await sql`update upkeep_tasks set began_at = ${new Date(at)}, ended_at = null where name = ${name}`
  },

  async ended(name, { beganAt, endedAt, nextAt, outcome }) {
    const failed = typeof outcome === 'string'
    await sql.begin(async (tx) => {
      await tx`
        update upkeep_tasks
        set ended_at = ${new Date(endedAt)}, next_at = ${new Date(nextAt)},
            failures = ${failed ? tx`failures + 1` : tx`0`}
        where name = ${name}`
      await tx`
        insert into upkeep_runs (task, began_at, ended_at, freed, error)
        values (${name}, ${new Date(beganAt)}, ${new Date(endedAt)}, ${failed ? null : outcome}, ${failed ? outcome : null})
        on conflict (task, began_at) do nothing`
      await tx`delete from upkeep_runs where task = ${name} and ended_at < ${new Date(endedAt)} - ${KEPT}::interval`
    })
  },
})
