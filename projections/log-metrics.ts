import { Gauge, type Registry } from 'prom-client'
import type { Tail } from '../platform/event-store/tail.ts'
import type { Projector } from './projector.ts'
import type { ReadModelProgress } from './read-models.ts'

export interface ObservedReadSide {
  readonly tail: Pick<Tail, 'position' | 'confirmedAt'>
  readonly progress: Pick<ReadModelProgress, 'reached'>
  /** Undefined where another process keeps the read models. */
  readonly projector: Pick<Projector, 'halted'> | undefined
}

/** Metrics of how this process follows the log, worked out when they are asked for. */
export const observeLog = (registry: Registry, { tail, progress, projector }: ObservedReadSide): void => {
  const registers = [registry]
  new Gauge({
    name: 'waybill_log_confirmed_age_seconds',
    help: 'Time since the event store last confirmed that this process has seen its last event.',
    registers,
    collect() {
      this.set((performance.now() - tail.confirmedAt) / 1000)
    },
  })
  new Gauge({
    name: 'waybill_read_models_behind',
    help: '1 while the read models have not reached the last event that this process has seen, else 0.',
    registers,
    async collect() {
      this.set((await progress.reached(tail.position, 0)) ? 0 : 1)
    },
  })
  if (projector === undefined) return
  new Gauge({
    name: 'waybill_read_models_halted',
    help: 'Read models that stand still at an event that they cannot apply.',
    registers,
    collect() {
      this.set(projector.halted().length)
    },
  })
}
