import type { MigrationSet } from '../database/migrations.ts'

/** The table of leases, for `migrate(sql, leaseMigrations)`. */
export const leaseMigrations: MigrationSet = {
  name: 'leases',
  files: [
    {
      id: '0001-leases',
      // Room in each page, because rows are written anew every second.
      sql: `
      create table leases (
        name       text collate "C" primary key,
        holder     text collate "C" not null,
        expires_at timestamptz not null
      ) with (fillfactor = 50)`,
    },
  ],
}
