import { setTimeout as pause } from 'node:timers/promises'
import type { Lease, Leases } from '../../leases/leases.ts'
import type { Log } from '../../log/log.ts'
import type { Members } from './members.ts'
import { type Names, PARTITIONS } from './names.ts'
import type { Partition } from './partition.ts'
import type { Streams } from './streams.ts'

export interface Opening {
  readonly number: number
  readonly lease: Lease
  /** Aborts when the partition is not to be opened after all. */
  readonly signal: AbortSignal
}

interface Given {
  readonly kind: string
  readonly names: Names
  readonly members: Members
  readonly leases: Leases
  readonly streams: Streams
  readonly log: Pick<Log, 'warn'>
  /** Begins to read it. */
  readonly open: (opening: Opening) => Promise<Partition>
  /** Stops reading it; its running jobs are aborted. `cleanly`: while the lease is still held. */
  readonly leave: (partition: Partition, cleanly: boolean) => void
}

export interface OwnedPartitions {
  /** Looks now at what falls to this process. */
  look(): void
  /**
   * Takes and gives no more; resolves when nothing is under way. What is being handed over waits for its running jobs as before, until
   * `ended`: then none runs any more.
   */
  pause(ended: Promise<void>): Promise<void>
  /** Lets go of all, so that others can have them at once. */
  release(): Promise<void>
}

const LOOK_MS = 500
/** How long running jobs of a partition that falls to another process are waited for: what has not ended then is done again there. */
const HAND_OVER_MS = 5000

/** Failing is no harm: it runs out by itself. */
const letGo = (lease: Lease): Promise<void> => lease.release().catch(() => undefined)

/**
 * Holds the leases of the partitions that fall to this process. What falls to another is handed over once its running jobs have
 * ended; what another holds that should not is taken when that one lets go of it or its lease runs out.
 */
export const keepPartitions = (given: Given): OwnedPartitions => {
  const { kind, names, members, leases, streams, log, open, leave } = given
  const owned = new Map<number, Partition>()
  const busy = new Map<number, Promise<void>>()
  const stopping = new AbortController()
  let nothingRuns = false

  /** The lease goes with it: when it is this process's again by the next look, it is taken anew. */
  const end = async (partition: Partition, cleanly = false): Promise<void> => {
    if (owned.get(partition.number) !== partition) return
    owned.delete(partition.number)
    leave(partition, cleanly)
    await letGo(partition.lease)
  }

  const acquire = async (number: number): Promise<void> => {
    const lease = await leases.take(names.lease(kind, number))
    if (lease === undefined) return
    try {
      const partition = await open({ number, lease, signal: AbortSignal.any([lease.lost, stopping.signal]) })
      owned.set(number, partition)
      lease.lost.addEventListener('abort', () => void end(partition), { once: true })
      if (!lease.held || partition.generation !== streams.generation) await end(partition)
    } catch (error) {
      await letGo(lease)
      throw error
    }
  }

  const handOver = async (partition: Partition): Promise<void> => {
    partition.leaving = true
    const until = performance.now() + HAND_OVER_MS
    while (partition.underWay.size > 0 && performance.now() < until && !nothingRuns) await pause(20)
    await end(partition, true)
  }

  const lookAt = (number: number): Promise<void> | undefined => {
    const isOurs = members.winner(kind, number) === members.own
    const partition = owned.get(number)
    if (partition === undefined) return isOurs ? acquire(number) : undefined
    if (!partition.lease.held) return end(partition)
    if (!isOurs) return handOver(partition)
    return undefined
  }

  const look = (): void => {
    for (let number = 0; number < PARTITIONS && !stopping.signal.aborted; number++) {
      if (busy.has(number)) continue
      const work = lookAt(number)
      if (work === undefined) continue
      const quiet = work
        .catch((error: unknown) => {
          // the next look is in half a second
          if (!stopping.signal.aborted) log.warn({ err: error, kind, partition: number }, 'no jobs can be taken')
        })
        .finally(() => busy.delete(number))
      busy.set(number, quiet)
    }
  }

  const timer = setInterval(look, LOOK_MS).unref()
  const unlisten = [
    streams.onChange(() => {
      for (const partition of [...owned.values()]) void end(partition)
      look()
    }),
    streams.onReconnect(() => {
      for (const partition of owned.values()) {
        partition.seen = new Set()
        partition.reader?.renew()
      }
    }),
  ]
  look()

  return {
    look,
    async pause(ended) {
      stopping.abort(new Error('this process stops working on the kind'))
      clearInterval(timer)
      for (const end of unlisten) end()
      void ended.then(() => (nothingRuns = true))
      await Promise.all(busy.values())
    },
    async release() {
      await Promise.all([...owned.values()].map((partition) => end(partition, true)))
    },
  }
}
