import { SUBSCRIPTIONS, wholeLog, type Subscription } from './expectation.ts'
import { senderTo, type Sender } from './load.ts'
import { deliveriesOf, unfinished, type Deliveries } from './outcomes.ts'
import { startProcesses, type Processes, type QueueName } from './processes.ts'
import { startKilledReceiver, type KilledReceiver } from './receiver.ts'

/** Processes with two repositories, and subscriptions to what happens in them. */
export interface Subscribed {
  readonly processes: Processes
  readonly receiver: KilledReceiver
  readonly sender: Sender
  /** What has not come to its end; when that is nothing, everything was delivered or given up. */
  unfinished(): Promise<readonly string[]>
  /** What became of the deliveries of each subscription. */
  deliveries(): Promise<readonly (Subscription & Deliveries)[]>
  close(): Promise<void>
}

export const REPOSITORIES = ['generic', 'other'] as const

const subscribe = async (queue: QueueName, ends: (() => Promise<void>)[]): Promise<Omit<Subscribed, 'close'>> => {
  const receiver = await startKilledReceiver()
  ends.push(() => receiver.close())
  const processes = await startProcesses(queue, ends)
  const { store, gateway, database } = processes
  const sender = await senderTo(gateway)
  await sender.command('CreateRepository', {
    ...{ project: 'main', repository: 'other', format: 'generic', kind: 'hosted' },
  })
  const ids = new Map<string, string>()
  for (const { path, input } of SUBSCRIPTIONS) {
    const { id } = await sender.command('CreateWebhook', { name: path, url: `${receiver.url}${path}`, ...input })
    ids.set(path, id as string)
  }
  return {
    processes,
    receiver,
    sender,
    unfinished: async () => unfinished(database.database.interactive, await store.head()),
    async deliveries() {
      const log = await wholeLog(store)
      const receipts = await receiver.receipts()
      return SUBSCRIPTIONS.map((one) => ({ ...one, ...deliveriesOf(one, ids.get(one.path) ?? '', log, receipts) }))
    },
  }
}

export const startSubscribed = async (queue: QueueName): Promise<Subscribed> => {
  const ends: (() => Promise<void>)[] = []
  const close = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const end of ends.splice(0).reverse()) await end().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    return { ...(await subscribe(queue, ends)), close }
  } catch (error) {
    await close().catch(() => undefined) // the first failure says more
    throw error
  }
}
