import type { MigrationSet } from '../platform/database/migrations.ts'

/**
 * `process_managers` holds how far each one has come, `pending_jobs` what is still to be done because of it, and `job_lanes` the
 * lanes that stand still (`held`) or are off the common path: those have got rows for the events up to `off_at` only. `outcome_batch` is
 * the batch of outcome events that tells of a job, from just before it is appended.
 */
export const workerMigrations: MigrationSet = {
  name: 'workers',
  files: [
    {
      id: '0001-pending-jobs',
      sql: `
        create table process_managers (
          name       text collate "C" primary key,
          version    integer not null,
          checkpoint text collate "C" not null,
          state      text not null,
          error      text,
          updated_at timestamptz not null default now()
        );
        create table job_lanes (
          manager   text collate "C" not null references process_managers on delete cascade,
          lane      text collate "C" not null,
          held      boolean not null default false,
          off_at    text collate "C",
          off_state text,
          primary key (manager, lane)
        );
        create table pending_jobs (
          id         uuid primary key,
          "order"    bigint not null generated always as identity,
          manager    text collate "C" not null references process_managers on delete cascade,
          kind       text collate "C" not null,
          lane       text collate "C" not null,
          key        text collate "C",
          priority   text not null,
          not_before bigint,
          data       text not null,
          state      text not null default 'pending' check (state in ('pending', 'dead')),
          attempts   integer not null default 0,
          reason     text,
          queued_in  text,
          created_at timestamptz not null default now(),
          died_at    timestamptz
        );
        create index pending_jobs_feeding on pending_jobs (manager, lane, "order") where state = 'pending';
        create index pending_jobs_dead on pending_jobs (manager, died_at) where state = 'dead';
        create index pending_jobs_listing on pending_jobs ("order");`,
    },
    {
      id: '0002-outcomes',
      sql: `
        alter table pending_jobs add column outcome_batch uuid, add column outcome text;
        create index pending_jobs_outcomes on pending_jobs (outcome_batch) where outcome_batch is not null;`,
    },
  ],
}
