import type { Sql } from 'postgres'
import type { MigrationSet } from '../../platform/database/migrations.ts'
import { START, type Position } from '../../platform/event-store/event-store.ts'

export const liveEventMigrations: MigrationSet = {
  name: 'live-events',
  files: [
    {
      id: '0001-published',
      sql: `create table live_events_published (one boolean primary key default true check (one), position text collate "C" not null)`,
    },
  ],
}

/** Up to where the events of the log are known to be published; the beginning when none ever was. */
export const publishedPosition = async (sql: Sql): Promise<Position> => {
  const [row] = await sql<{ position: Position }[]>`select position from live_events_published`
  return row?.position ?? START
}

/** It never moves back: whoever led before may still be writing. */
export const savePublishedPosition = async (sql: Sql, position: Position): Promise<void> => {
  await sql`
    insert into live_events_published (position) values (${position})
    on conflict (one) do update set position = greatest(live_events_published.position, excluded.position)`
}
