import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  needsControl,
  startEventStoreDb,
  startEventStoreDbCluster,
  type ControlAction,
  type EventStoreDbServer,
} from '../eventstoredb/server.ts'
import { startWaybill } from '../waybill-process.ts'
import { checkOutcomes, type Tally } from './checked-outcomes.ts'
import { publisher, type PublishOutcome } from './steady-publishes.ts'

const RATE = 100

/** Publishes for `milliseconds` while `fault` happens, and checks what became of each. */
const publishThrough = async (
  { connectionString }: Pick<EventStoreDbServer, 'connectionString'>,
  name: string,
  milliseconds: number,
  fault: () => Promise<void>,
): Promise<{ tally: Tally; outcomes: readonly PublishOutcome[] }> => {
  const separator = connectionString.includes('?') ? '&' : '?'
  const prefix = `${name}${process.pid}.`
  await using waybill = await startWaybill({
    env: { WAYBILL_EVENT_STORE: `${connectionString}${separator}streamPrefix=${prefix}`, WAYBILL_LOG: 'error' },
  })
  const by = await publisher(waybill, name)
  const [outcomes] = await Promise.all([by.steadily(RATE, milliseconds), fault()])
  const tally = await checkOutcomes(waybill, by, outcomes)
  process.stdout.write(`${name}: ${JSON.stringify(tally)}\n`)
  expect(tally.acknowledged + tally.refused).toBe((RATE * milliseconds) / 1000)
  by.close()
  return { tally, outcomes }
}

const withServer = async (
  what: string,
  name: string,
  milliseconds: number,
  fault: (control: (action: ControlAction) => Promise<void>) => Promise<void>,
): Promise<Tally | undefined> => {
  const server = await startEventStoreDb()
  try {
    if (!needsControl(server, what) || server.control === undefined) return undefined
    const { control } = server
    return (await publishThrough(server, name, milliseconds, () => fault(control))).tally
  } finally {
    await server.close()
  }
}

describe(`${RATE} publishes a second`, () => {
  it('outlive an event store that is killed and started again', async () => {
    const tally = await withServer('publishes while EventStoreDB is killed', 'killed', 8000, async (control) => {
      await pause(2000)
      await control('kill9')
      await pause(2000)
      await control('start')
    })
    if (tally !== undefined) expect(tally.acknowledged).toBeGreaterThan(RATE * 2)
  })

  it('outlive an event store that is stopped in order and started again', async () => {
    const tally = await withServer('publishes while EventStoreDB is restarted', 'restarted', 8000, async (control) => {
      await pause(2000)
      await control('stop')
      await control('start')
    })
    if (tally !== undefined) expect(tally.acknowledged).toBeGreaterThan(RATE * 2)
  })

  it('outlive an event store that is frozen for 40 s', async () => {
    const tally = await withServer('publishes while EventStoreDB is frozen', 'frozen', 46_000, async (control) => {
      await pause(2000)
      await control('freeze')
      await pause(40_000)
      await control('thaw')
    })
    if (tally !== undefined) expect(tally.acknowledged).toBeGreaterThan(RATE * 2)
  })

  it('outlive a change of the leader among three nodes', async () => {
    const cluster = await startEventStoreDbCluster()
    try {
      const { tally } = await publishThrough(cluster, 'elected', 10_000, async () => {
        await pause(2000)
        const leader = await cluster.leader()
        if (leader === undefined) throw new Error('the cluster has no leader before the test')
        await cluster.killNode(leader)
        await pause(4000)
        await cluster.startNode(leader)
      })
      expect(tally.acknowledged).toBeGreaterThan(RATE * 2)
    } finally {
      await cluster.close()
    }
  })
})
