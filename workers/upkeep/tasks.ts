import type { Sql } from 'postgres'
import type { BlobStore } from '../../platform/blob-store/blob-store.ts'
import type { Clock } from '../../platform/clock.ts'
import type { DeliveryLog } from '../../platform/delivery-log/delivery-log.ts'
import type { SignInVault } from '../../platform/vault/vault.ts'
import type { UpkeepTask } from './upkeep-task.ts'

export interface UpkeepSources {
  readonly sql: Sql
  readonly clock: Clock
  readonly blobs: Pick<BlobStore, 'sweep'>
  readonly deliveries: Pick<DeliveryLog, 'forgetOld'>
  readonly signIns: Pick<SignInVault, 'forgetExpired'>
}

const DAY_MS = 86_400_000
/** Three months: what the log of accesses is asked about is younger. */
export const ACCESS_LOG_MS = 90 * DAY_MS
/** Nobody sends a command again after so long; should they, its stream still knows it. */
export const COMMAND_RESULTS_MS = 30 * DAY_MS

/** Rows that one statement removes, so that it does not hold up others for long. */
const AT_ONCE = 5000

/** Removes what is older than `before` from a table with the time in `column`. */
const forgetRows = async (sql: Sql, table: string, column: string, before: Date): Promise<number> => {
  for (let forgotten = 0; ;) {
    const { count } = await sql`
      delete from ${sql(table)} where ctid = any(array(
        select ctid from ${sql(table)} where ${sql(column)} < ${before} limit ${AT_ONCE}))`
    forgotten += count
    if (count < AT_ONCE) return forgotten
  }
}

/** Everything that is removed by and by. Their times lie apart, so that they do not come together. */
export const upkeepTasks = ({ sql, clock, blobs, deliveries, signIns }: UpkeepSources): readonly UpkeepTask[] => [
  {
    name: 'abandoned-uploads',
    summary: 'Removes uploads, and parts of them, that were begun and never ended.',
    schedule: '7 * * * *',
    run: () => blobs.sweep(),
  },
  {
    name: 'expired-sign-ins',
    summary: 'Forgets sign-ins by the browser that expired.',
    schedule: '*/15 * * * *',
    run: () => signIns.forgetExpired(clock.now()),
  },
  {
    name: 'webhook-deliveries',
    summary: 'Forgets attempts to deliver to webhooks after 30 days.',
    schedule: '23 * * * *',
    run: () => deliveries.forgetOld(),
  },
  {
    name: 'command-answers',
    summary: 'Forgets the answers of commands that were sent with a key after 30 days.',
    schedule: '10 3 * * *',
    run: () => forgetRows(sql, 'command_results', 'begun_at', new Date(clock.now() - COMMAND_RESULTS_MS)),
  },
  {
    name: 'access-log',
    summary: 'Forgets who asked for what, from which address, after 90 days.',
    schedule: '40 3 * * *',
    run: () => forgetRows(sql, 'access_log', 'at', new Date(clock.now() - ACCESS_LOG_MS)),
  },
]
