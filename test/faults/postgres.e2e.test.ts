import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startDebianPostgres } from '../engines/debian-postgres.ts'
import { startEventStoreDb } from '../eventstoredb/server.ts'
import { need } from '../servers.ts'
import { startWaybill } from '../waybill-process.ts'
import { checkOutcomes } from './checked-outcomes.ts'
import { publisher } from './steady-publishes.ts'

const debian = await need('postgres 15')
const RATE = 100
const MILLISECONDS = 8000

/** Both places where events may be: in the Postgres that is killed, and in an event store that lives on. */
const eventStores = [
  { where: 'in that Postgres', open: () => Promise.resolve(undefined) },
  { where: 'in EventStoreDB', open: startEventStoreDb },
]

it.skipIf(debian.missing).each(eventStores)(
  `${RATE} publishes a second outlive a Postgres that is killed and started again, with the events $where`,
  async ({ where, open }) => {
    const eventStore = await open()
    const postgres = await startDebianPostgres()
    try {
      const address = eventStore?.connectionString
      const separator = address?.includes('?') === true ? '&' : '?'
      await using waybill = await startWaybill({
        env: {
          WAYBILL_DATABASE: await postgres.createDatabase(),
          WAYBILL_EVENT_STORE: address === undefined ? '' : `${address}${separator}streamPrefix=pg${process.pid}.`,
          WAYBILL_LOG: 'error',
        },
      })
      const by = await publisher(waybill, 'postgres')
      const kill = async (): Promise<void> => {
        await pause(2000)
        await postgres.kill()
        await pause(1000)
        await postgres.restart()
      }
      const [outcomes] = await Promise.all([by.steadily(RATE, MILLISECONDS), kill()])
      const tally = await checkOutcomes(waybill, by, outcomes)
      process.stdout.write(`Postgres killed, events ${where}: ${JSON.stringify(tally)}\n`)
      expect(tally.acknowledged).toBeGreaterThan(RATE * 2)
      by.close()
    } finally {
      await postgres.close()
      await eventStore?.close()
    }
  },
)
