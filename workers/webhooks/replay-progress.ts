import type { Sql } from 'postgres'
import type { MigrationSet } from '../../platform/database/migrations.ts'
import type { Position } from '../../platform/event-store/event-store.ts'

export const replayMigrations: MigrationSet = {
  name: 'webhook-replays',
  files: [
    {
      id: '0001-webhook-replays',
      sql: `
        create table webhook_replays (
          job_id   uuid primary key,
          position text collate "C" not null,
          failures integer not null
        );`,
    },
  ],
}

/** How far a replay has come, so that one which is begun anew does not start over. */
export interface ReplayState {
  /** Everything up to here was delivered. */
  readonly position: Position
  /** Failed tries of what comes next. */
  readonly failures: number
}

/** Throws `unavailable`. */
export interface ReplayProgress {
  of(jobId: string): Promise<ReplayState | undefined>
  keep(jobId: string, state: ReplayState): Promise<void>
  forget(jobId: string): Promise<void>
}

export const replayProgress = (sql: Sql): ReplayProgress => ({
  async of(jobId) {
    const [row] = await sql<ReplayState[]>`select position, failures from webhook_replays where job_id = ${jobId}`
    return row
  },
  async keep(jobId, { position, failures }) {
    await sql`
      insert into webhook_replays (job_id, position, failures) values (${jobId}, ${position}, ${failures})
      on conflict (job_id) do update set position = excluded.position, failures = excluded.failures`
  },
  async forget(jobId) {
    await sql`delete from webhook_replays where job_id = ${jobId}`
  },
})
