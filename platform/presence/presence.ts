import type { Sql } from '../database/database.ts'
import type { MigrationSet } from '../database/migrations.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log/log.ts'

/** Whether other processes serve from memory beside this one. */
export interface Presence {
  /** True while another was seen within the last 15 s. */
  readonly others: boolean
  stop(): Promise<void>
}

export const presenceMigrations: MigrationSet = {
  name: 'presence',
  files: [
    {
      id: '0001-presence',
      sql: `create table presence (process text collate "C" primary key, seen_at timestamptz not null default now())`,
    },
  ],
}

const BEAT_MILLISECONDS = 5000
const GONE_AFTER = '15 seconds'

/**
 * Says every 5 s that this process is there, and looks who else is. The database's clock is used on both sides. Until a new
 * process was seen by the others, up to 5 s after its start, they do not wait for it.
 */
export const announcePresence = async (sql: Sql, log: Pick<Log, 'warn'>): Promise<Presence> => {
  const process = newId()
  let others = false

  const beat = async (): Promise<void> => {
    const [row] = await sql<{ others: boolean }[]>`
      with own as (
        insert into presence (process) values (${process})
        on conflict (process) do update set seen_at = now()
      ), gone as (
        delete from presence where seen_at < now() - ${GONE_AFTER}::interval and process <> ${process}
      )
      select exists (
        select 1 from presence where process <> ${process} and seen_at >= now() - ${GONE_AFTER}::interval
      ) as others`
    others = row?.others ?? false
  }

  await beat()
  let beating: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    beating = beat().catch((error: unknown) => {
      // what was seen last stays true until the database answers again
      log.warn({ err: error }, 'the presence of this process could not be announced')
    })
  }, BEAT_MILLISECONDS)
  timer.unref()

  return {
    get others() {
      return others
    },
    async stop() {
      clearInterval(timer)
      await beating
      await sql`delete from presence where process = ${process}`.catch(() => undefined) // it is forgotten in 15 s anyway
    },
  }
}
