import type { Sql } from 'postgres'
import type { Clock } from '../clock.ts'
import type { Log } from '../log/log.ts'
import { lineOf, writeLines, type DeliveryAttempt } from './delivery-rows.ts'
import { attemptsOf, failingOf, forgetBefore, positionOf, type ListedAttempt } from './delivery-queries.ts'

/**
 * What was sent to webhooks and what they answered: telemetry of its own, neither events nor a read model. Written in batches; what
 * cannot be written is lost and said.
 */
export interface DeliveryLog {
  record(attempt: DeliveryAttempt): void
  flush(): Promise<void>
  /**
   * Since when (milliseconds since the epoch) the delivery has failed in a row, at the latest `now`; and whether its webhook took
   * others meanwhile. What was before the webhook was paused does not count. Throws `unavailable`.
   */
  failing(of: { readonly webhookId: string; readonly deliveryId: string; readonly now: number }): Promise<{
    readonly since: number
    readonly othersTaken: boolean
  }>
  /** The position of the event that the delivery told of; undefined: the webhook has no such delivery. Throws `unavailable`. */
  positionOf(webhookId: string, deliveryId: string): Promise<string | undefined>
  /** The webhook's attempts, newest first, at most `limit` older than `before`. Throws `unavailable`. */
  list(
    webhookId: string,
    page: { readonly before: bigint | undefined; readonly limit: number },
  ): Promise<readonly ListedAttempt[]>
  /** Forgets what is older than `KEPT_FOR_MS`; returns how many attempts. For upkeep, once an hour or so. Throws `unavailable`. */
  forgetOld(): Promise<number>
  stop(): Promise<void>
}

/** How long an attempt is kept: 30 days. */
export const KEPT_FOR_MS = 30 * 24 * 60 * 60 * 1000

const FLUSH_MILLISECONDS = 250
/** Attempts that are written at once; while they are, as many may wait, each with up to 20 KiB. */
const BATCH = 500
const MOST_WAITING = 2000

export const openDeliveryLog = ({
  sql,
  clock,
  log,
}: {
  readonly sql: Sql
  readonly clock: Clock
  readonly log: Pick<Log, 'warn'>
}): DeliveryLog => {
  let waiting: string[] = []
  let writing: Promise<void> = Promise.resolve()
  /** Recorded and not yet written, in batches that wait or are under way too. */
  let unwritten = 0
  let lost = 0

  const write = async (lines: readonly string[]): Promise<void> => {
    try {
      await writeLines(sql, lines)
    } catch (error) {
      lost += lines.length
      log.warn({ err: error }, 'the log of webhook deliveries could not be written')
    }
    unwritten -= lines.length
    if (lost > 0) log.warn({ lost }, 'attempts are missing in the log of webhook deliveries')
    lost = 0
  }

  const flush = (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      waiting = waiting.slice(BATCH)
      writing = writing.then(() => write(batch))
    }
    return writing
  }

  const timer = setInterval(() => void flush(), FLUSH_MILLISECONDS)
  timer.unref()

  return {
    record(attempt) {
      if (unwritten >= MOST_WAITING) {
        lost += 1
        return
      }
      unwritten += 1
      waiting.push(lineOf(attempt))
      if (waiting.length >= BATCH) void flush()
    },
    flush,
    failing: (of) => failingOf(sql, of),
    positionOf: (webhookId, deliveryId) => positionOf(sql, webhookId, deliveryId),
    list: (webhookId, page) => attemptsOf(sql, webhookId, page),
    forgetOld: () => forgetBefore(sql, clock.now() - KEPT_FOR_MS),
    async stop() {
      clearInterval(timer)
      await flush()
    },
  }
}
