import { CATALOGUE } from '../../commands/catalogue.ts'
import type { Caller, CommandResult } from '../../commands/command.ts'
import type { Role } from '../../domain/access/authorise.ts'
import { migrate } from '../../platform/database/migrations.ts'
import type { DeliveryLog } from '../../platform/delivery-log/delivery-log.ts'
import { deliveryLogMigrations } from '../../platform/delivery-log/migrations.ts'
import { START, type Position } from '../../platform/event-store/event-store.ts'
import type { Job } from '../../platform/job-queue/job-queue.ts'
import { readEvent } from '../../workers/logged-event.ts'
import { replayMigrations } from '../../workers/webhooks/replay-progress.ts'
import { wantedDeliveries } from '../../workers/webhooks/wanted-deliveries.ts'
import type { WantedJob, WorkOutcome } from '../../workers/work.ts'
import { openCore, type TestCore } from '../core.ts'
import { openDelivering } from './delivering.ts'
import { startReceiver, type Receiver } from './receiver.ts'

/** Webhooks without a queue: a test says when jobs are decided and carried out, and what time it is. */
export interface DeliveryRig {
  readonly core: TestCore
  readonly receiver: Receiver
  readonly deliveries: DeliveryLog
  /** Milliseconds since the epoch; moved by tests. */
  readonly clock: { at: number; now(): number }
  send(
    name: string,
    input: object,
    as?: Caller,
  ): Promise<CommandResult & { readonly id: string; readonly secret: string }>
  /** A new account that has the roles. */
  account(login: string, ...roles: readonly (readonly [Role, string])[]): Promise<Caller>
  /** The jobs that follow from what happened since it was asked the last time. */
  jobs(): Promise<readonly WantedJob[]>
  perform(job: WantedJob, attempt?: number): Promise<WorkOutcome>
  close(): Promise<void>
}

export const openDeliveryRig = async (): Promise<DeliveryRig> => {
  const core = await openCore()
  const receiver = await startReceiver()
  const { long } = core.database.database
  for (const set of [deliveryLogMigrations, replayMigrations]) await migrate(long, set)
  const clock = { at: Date.now(), now: () => clock.at }
  const { work, deliveries, close } = openDelivering(core, clock)
  let state = wantedDeliveries.initialState
  let position: Position = START

  const rig: DeliveryRig = {
    core,
    receiver,
    deliveries,
    clock,
    async send(name, input, as = core.system) {
      const command = CATALOGUE.find((one) => one.name === name)
      if (command === undefined) throw new Error(`there is no command ${name}`)
      const result = await core.run(command, input, as)
      await core.dependencies.settled(result.position)
      return result as never
    },
    async account(login, ...roles) {
      const { id } = await rig.send('CreateAccount', { account: login, kind: 'human' })
      for (const [role, scope] of roles) await rig.send('GrantRole', { role, account: login, scope })
      const grants = roles.map(([role, scope]) => ({ role, scope }))
      return { principal: { accountId: id, kind: 'human', via: 'password', grants }, correlationId: 'test' }
    },
    async jobs() {
      const jobs: WantedJob[] = []
      for (const event of (await core.store.readAll(position, 10_000)).map(readEvent)) {
        const reaction = wantedDeliveries.react(state, event)
        state = reaction.state
        position = event.position
        jobs.push(...(reaction.jobs ?? []))
      }
      return jobs
    },
    perform: ({ id, kind, key, data }, attempt = 1) => {
      const job: Job = {
        id,
        kind,
        key,
        data,
        attempt,
        publishedAt: clock.at,
        signal: new AbortController().signal,
        progress: () => Promise.resolve(),
      }
      const one = work.find((known) => known.kind === kind)
      if (one === undefined) throw new Error(`there is no work of the kind ${kind}`)
      return one.perform(job, () => undefined)
    },
    async close() {
      await close()
      await receiver.close()
      await core.close()
    },
  }
  return rig
}
