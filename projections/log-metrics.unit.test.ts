import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { observeLog } from './log-metrics.ts'

it('says how long ago the log was confirmed, whether read models are behind it, and how many are halted', async () => {
  const registry = new Registry()
  const state = { reached: true, halted: [{ model: 'tags', reason: 'a defect' }] }
  observeLog(registry, {
    tail: { position: '00000000000000000007', confirmedAt: performance.now() - 3000 },
    progress: { reached: () => Promise.resolve(state.reached) },
    projector: { halted: () => state.halted },
  })
  const value = async (name: string): Promise<number> =>
    Number(new RegExp(`^${name} (.+)$`, 'm').exec(await registry.metrics())?.[1])
  expect(await value('waybill_log_confirmed_age_seconds')).toBeGreaterThanOrEqual(3)
  expect(await value('waybill_read_models_behind')).toBe(0)
  expect(await value('waybill_read_models_halted')).toBe(1)
  state.reached = false
  state.halted = []
  expect(await value('waybill_read_models_behind')).toBe(1)
  expect(await value('waybill_read_models_halted')).toBe(0)
})
