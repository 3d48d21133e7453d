import type { Logger } from 'pino'
import type { Clock } from '../../clock.ts'
import type { S3Connection } from './connection.ts'
import type { Layout } from './layout.ts'
import { sweepUploads } from './sweep.ts'

export interface SweeperOptions {
  readonly connection: S3Connection
  readonly layout: Layout
  readonly clock: Clock
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** Milliseconds. */
  readonly sweepAfterMs: number
}

export interface Sweeper {
  /** Throws `unavailable`. Of calls at the same time one sweeps. */
  sweep(): Promise<number>
  /** Ends what is under way. */
  stop(): Promise<void>
}

/** Sweeps at once, and whenever it is asked. That the first one fails is only logged: a later one does its work. */
export const startSweeper = ({ connection, layout, clock, log, sweepAfterMs }: SweeperOptions): Sweeper => {
  const stopping = new AbortController()
  const { signal } = stopping
  let sweeping: Promise<number> | undefined

  const sweep = (): Promise<number> => {
    sweeping ??= sweepUploads(connection, layout, { before: clock.now() - sweepAfterMs, signal }).finally(
      () => (sweeping = undefined),
    )
    return sweeping
  }

  const first = sweep().then(
    (swept) => {
      if (swept > 0) log.info({ swept }, 'removed uploads that were begun and never ended')
    },
    (error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'unfinished uploads could not be looked through')
    },
  )

  return {
    sweep,
    async stop() {
      stopping.abort()
      await first
      await sweeping?.catch(() => undefined) // whoever asked for it is told
    },
  }
}
