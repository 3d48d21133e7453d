import type { Sql } from '../database/database.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log/log.ts'
import { PlatformError } from '../platform-error.ts'
import { type HeldLease, holdLease } from './held-lease.ts'
import { leadWith } from './leading.ts'
import { releaseLeases, renewLeases, takeLease } from './lease-rows.ts'
import { LEASE_MS, type Lease, type Leading, type Leases } from './leases.ts'

/** No statement is waited for longer: by then what it was to renew has run out. */
const ANSWER_MS = LEASE_MS

const inTime = async <T>(answer: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS)
  })
  try {
    return await Promise.race([answer, late])
  } catch (error) {
    throw new PlatformError('unavailable', 'the database with the leases does not answer', { cause: error })
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Leases in one table, for `leaseMigrations`. All that this process holds is renewed by one statement a second. `sql` is a pool
 * of quick statements.
 */
export const openPostgresLeases = (sql: Sql, log: Pick<Log, 'warn' | 'error'>): Leases => {
  const held = new Map<string, HeldLease>()
  const taking = new Map<string, Promise<Lease | undefined>>()
  const leadings = new Set<Leading>()
  let closed = false

  const takeAnew = async (name: string): Promise<Lease | undefined> => {
    const row = { name, holder: newId() }
    const sentAt = performance.now()
    if (!(await inTime(takeLease(sql, row)))) return undefined
    const lease = holdLease(
      row,
      sentAt,
      () => inTime(releaseLeases(sql, [row])),
      () => {
        if (held.get(name) === lease) held.delete(name)
      },
    )
    held.set(name, lease)
    return lease
  }

  const take = async (name: string): Promise<Lease | undefined> => {
    if (closed) throw new PlatformError('unavailable', 'the leases of this process are closed')
    const known = held.get(name)
    if (known?.held === true) return known
    const already = taking.get(name) ?? takeAnew(name).finally(() => taking.delete(name))
    taking.set(name, already)
    return already
  }

  const renew = async (): Promise<void> => {
    const before = [...held.values()]
    if (before.length === 0) return
    const sentAt = performance.now()
    const renewed = await inTime(
      renewLeases(
        sql,
        before.map(({ row }) => row),
      ),
    )
    for (const lease of before) {
      if (renewed.has(lease.row.holder)) lease.renewed(sentAt)
      else lease.lose()
    }
  }

  let renewing: Promise<void> | undefined
  const timer = setInterval(() => {
    renewing ??= renew()
      .catch(() => undefined) // when it does not work again in time, the lease is lost, and its holder hears of that
      .finally(() => (renewing = undefined))
  }, LEASE_MS / 3)
  timer.unref()

  return {
    take,

    lead(name, lead) {
      const leading = leadWith(name, () => take(name), lead, log)
      leadings.add(leading)
      return leading
    },

    async close() {
      await Promise.all([...leadings].map((leading) => leading.stop()))
      closed = true
      clearInterval(timer)
      await Promise.allSettled([renewing, ...taking.values()])
      const rows = [...held.values()].map(({ row }) => row)
      for (const lease of [...held.values()]) lease.forget()
      if (rows.length > 0) await inTime(releaseLeases(sql, rows)).catch(() => undefined) // they run out by themselves
    },
  }
}
