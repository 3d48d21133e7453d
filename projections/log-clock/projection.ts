import type { EventMetadata } from '../../domain/metadata.ts'
import { tableSql, type ReadModel } from '../read-model.ts'
import { inserting } from '../write-rows.ts'

/**
 * The instant of a position is the running maximum of the events' `at`, so that it never goes back even where clocks did. One
 * row for each event that moves it on.
 */
export const logClock: ReadModel = {
  name: 'log_clock',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: 'all',
  async apply(sql, table, events, { done } = inserting()) {
    let instant = ''
    const positions: string[] = []
    const instants: string[] = []
    for (const { position, metadata } of events) {
      const { at } = metadata as EventMetadata
      if (at <= instant) continue
      instant = at
      positions.push(position)
      instants.push(at)
    }
    // the running maximum within the batch, of which only what is beyond the earlier batches counts
    await done(
      sql.unsafe(
        `insert into ${table} (position, instant)
         select k.position, k.instant from unnest($1::text[], $2::text[]) as k(position, instant)
         where k.instant collate "C" > coalesce((select max(instant) from ${table}), '')`,
        [positions, instants] as never[],
        { prepare: true },
      ),
    )
  },
}
