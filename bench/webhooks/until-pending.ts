import { setTimeout as delay } from 'node:timers/promises'
import type { WebhookSide } from './webhook-side.ts'

const WITHIN_MS = 60_000

/** Until as many deliveries are pending as are wanted, and the read models have all that happened. */
export const untilPending = async (side: WebhookSide, wanted: (jobs: number) => boolean): Promise<void> => {
  const { origin } = new URL(side.url)
  const deadline = performance.now() + WITHIN_MS
  for (;;) {
    const response = await fetch(`${origin}/metrics`)
    const text = await response.text()
    const [, jobs = '0'] = /^waybill_jobs_pending\{kind="webhook"\} (\d+)$/m.exec(text) ?? []
    if (wanted(Number(jobs)) && /^waybill_read_models_behind 0$/m.test(text)) return
    if (performance.now() > deadline) throw new Error(`${jobs} deliveries are pending.`)
    await delay(100)
  }
}
