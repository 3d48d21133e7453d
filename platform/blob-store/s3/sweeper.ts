import type { Logger } from 'pino'
import type { Clock } from '../../clock.ts'
import type { S3Connection } from './connection.ts'
import type { Layout } from './layout.ts'
import { sweepUploads } from './sweep.ts'

const HOUR = 3_600_000

export interface SweeperOptions {
  readonly connection: S3Connection
  readonly layout: Layout
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Milliseconds. */
  readonly sweepAfterMs: number
}

/** Sweeps at once and then every hour; a sweep that fails is logged, and the next one does its work. Returns what ends it. */
export const startSweeper = ({
  connection,
  layout,
  clock,
  log,
  sweepAfterMs,
}: SweeperOptions): (() => Promise<void>) => {
  const stop = new AbortController()
  let sweeping: Promise<void> | undefined

  const sweep = async (): Promise<void> => {
    try {
      const before = clock.now() - sweepAfterMs
      const swept = await sweepUploads(connection, layout, { before, signal: stop.signal })
      if (swept > 0) log.info({ swept }, 'removed uploads that were begun and never ended')
    } catch (error) {
      if (!stop.signal.aborted) log.warn({ err: error }, 'unfinished uploads could not be looked through')
    }
    sweeping = undefined
  }
  const begin = (): void => {
    sweeping ??= sweep()
  }
  begin()
  const timer = setInterval(begin, HOUR).unref()

  return async () => {
    clearInterval(timer)
    stop.abort()
    await sweeping
  }
}
