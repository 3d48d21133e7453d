import { expect, it } from 'vitest'
import { onlyEmbedded, withDatabaseOf } from './engines/waybill-database.ts'
import { startWaybill } from './waybill-process.ts'

it.skipIf(onlyEmbedded('a log with an event that no document describes'))(
  'refuses at its end a log with an event that no document describes',
  async () => {
    const waybill = await startWaybill()
    await waybill.kill('SIGTERM')
    await withDatabaseOf(
      waybill.dataFolder,
      ({ interactive: sql }) => sql`select * from event_store.append(
        array['webhook-1'], array[-1], array[1], array[1], array[0], array[gen_random_uuid()], array['NeverDescribed'], '{}', '{}')`,
    )
    await expect(waybill.stop()).rejects.toThrow('NeverDescribed in webhook-1 is of no known type')
  },
)
