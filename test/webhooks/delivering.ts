import { pauseWebhook } from '../../commands/webhooks/index.ts'
import type { Clock } from '../../platform/clock.ts'
import { parseCidr } from '../../platform/config/cidr.ts'
import { openDeliveryLog, type DeliveryLog } from '../../platform/delivery-log/delivery-log.ts'
import { createOutbound } from '../../platform/outbound/outbound.ts'
import { webhookWork } from '../../workers/webhooks/webhook-work.ts'
import type { Work } from '../../workers/work.ts'
import { silent, type TestCore } from '../core.ts'

/** The work of webhooks, and what it writes to; it may send to this machine. */
export interface Delivering {
  readonly work: readonly Work[]
  readonly deliveries: DeliveryLog
  close(): Promise<void>
}

export const openDelivering = (core: TestCore, clock: Clock): Delivering => {
  const { interactive: sql } = core.database.database
  const deliveries = openDeliveryLog({ sql, clock, log: silent })
  const allow = { hosts: [], cidrs: [parseCidr('127.0.0.1')].filter((range) => range !== undefined) }
  const outbound = createOutbound({ allow, log: silent })
  const { work, close } = webhookWork({
    sql,
    store: core.store,
    tail: core.tail,
    progress: core.projector.progress,
    vault: core.dependencies.vault.webhooks,
    outbound,
    deliveries,
    clock,
    userAgent: 'Waybill/test',
    pause: (verdict) => pauseWebhook({ ...core.dependencies, clock }, verdict),
  })
  return {
    work,
    deliveries,
    async close() {
      close()
      await outbound.close()
      await deliveries.stop()
    },
  }
}
