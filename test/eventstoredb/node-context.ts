import type { Metadata, ServiceError } from '@grpc/grpc-js'
import type { Clock } from '../../platform/clock.ts'
import type { EventLog } from './event-log.ts'
import type { StreamWriter } from './stream-writer.ts'
import { notLeader, notReady } from './statuses.ts'

export interface Endpoint {
  readonly address: string
  /** 0 until the node has listened for the first time. */
  port: number
}

/**
 * How a node takes what it is asked: `ready`; `not-ready` while it starts, stops, or has too few other nodes; `leaderless`
 * between a leader's end and the election of the next, when appends are taken and never answered.
 */
export type Standing = 'ready' | 'not-ready' | 'leaderless'

/** Most data bytes of one append. */
export const MAX_APPEND_BYTES = 1_048_576

/** What the handlers of one node's calls work with. */
export interface NodeContext {
  readonly log: EventLog
  readonly writer: StreamWriter
  readonly clock: Clock
  /** After so many milliseconds an append that is not committed is answered by a timeout. */
  readonly commitTimeoutMs: number
  standing(): Standing
  /** The node that leads, if it is another. */
  leaderElsewhere(): Endpoint | undefined
  /** Calls that stand until the client ends them; each is ended by the function it gave when the server shuts down. */
  readonly standingCalls: Set<(error: ServiceError) => void>
}

/** Why a node refuses a call as a whole, if it does. Reads are served without a leader. */
export const refusalOf = (node: NodeContext, metadata: Metadata): ServiceError | undefined => {
  if (node.standing() === 'not-ready') return notReady()
  const leader = metadata.get('requires-leader')[0] === 'true' ? node.leaderElsewhere() : undefined
  return leader && notLeader(leader)
}

/** Runs `then` when the server's time for a commit is over. */
export const afterCommitTimeout = (node: NodeContext, then: () => void): void => {
  setTimeout(then, node.commitTimeoutMs).unref()
}
