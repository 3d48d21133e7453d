import cliProgress from 'cli-progress'
import type { Output } from './output.ts'

/** How far long work is. */
export interface Progress {
  /** `note` stands behind the bar. */
  at(value: number, note?: string): void
  /** Takes the bar away. */
  stop(): void
}

const SILENT: Progress = { at: () => undefined, stop: () => undefined }

/** A bar on standard error while that is a terminal and results are for people; else nothing. `total` is in any unit. */
export const openProgress = (output: Output, label: string, total: number): Progress => {
  if (output.json || !process.stderr.isTTY) return SILENT
  const bar = new cliProgress.SingleBar({
    format: `${label.padEnd(20)} [{bar}] {percentage}% {note}`,
    barCompleteChar: '#',
    barIncompleteChar: '.',
    barsize: 30,
    stream: process.stderr,
    clearOnComplete: true,
    // what an interruption leads to is decided in one place
    gracefulExit: false,
  })
  bar.start(Math.max(total, 1), 0, { note: '' })
  output.barDrawn(() => process.stderr.write('\r\x1b[K'))
  return {
    at: (value, note = '') => bar.update(Math.min(value, Math.max(total, 1)), { note }),
    stop: () => {
      bar.stop()
      output.barDrawn(undefined)
    },
  }
}
