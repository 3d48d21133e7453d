import { type Clock, systemClock } from '../../platform/clock.ts'
import { newId } from '../../platform/ids.ts'
import { Cluster, type Member } from './cluster.ts'
import { EventLog } from './event-log.ts'
import { Node } from './node.ts'
import type { NodeContext } from './node-context.ts'
import { StreamWriter } from './stream-writer.ts'

export interface DoubleOptions {
  /** Where the log is kept; without one it is forgotten at the end. */
  readonly folder?: string
  /** One node on each; 0 takes a free one. */
  readonly ports?: readonly number[]
  /** How long a node answers "Server Is Not Ready" after it began to listen. */
  readonly startingMs?: number
  /** How long a cluster is without a leader after it lost one. */
  readonly electionMs?: number
  /** How long a node that is stopped in order still listens, refusing appends, before it ends the calls that stand. */
  readonly stoppingMs?: number
  /** The server's own time for a commit. */
  readonly commitTimeoutMs?: number
  readonly clock?: Clock
}

/**
 * Plays EventStoreDB 24.6 over gRPC, as it was measured through @eventstore/db-client 6.2.1 on insecure single nodes and
 * clusters of three: results, errors and their kinds, idempotency, positions, subscriptions, and what clients see when a
 * server is killed, frozen, starting or without a leader. The tests beside it state each of these facts; they are
 * written for a real server as well, but for those that say why they ask the double alone.
 *
 * Of a cluster it copies what clients see, not the replication: all nodes work on one log in one process. It does not have
 * users, TLS, persistent subscriptions, projections, scavenges, `$maxAge`, or the delays of a real disk.
 */
export class Double {
  readonly #options: Required<Omit<DoubleOptions, 'folder' | 'ports'>>
  readonly #log: EventLog
  readonly #cluster: Cluster
  readonly #nodes: readonly Node[]
  readonly #starts = new Set<NodeJS.Timeout>()

  private constructor(options: DoubleOptions, log: EventLog, count: number) {
    this.#options = {
      startingMs: 0,
      electionMs: 1_000,
      stoppingMs: 300,
      commitTimeoutMs: 2_000,
      clock: systemClock,
      ...options,
    }
    this.#log = log
    const writer = new StreamWriter(log)
    writer.begin()
    const members = Array.from({ length: count }, (): Member => {
      return { id: newId(), endpoint: { address: '127.0.0.1', port: 0 }, state: 'down' }
    })
    this.#cluster = new Cluster(members, this.#options.electionMs)
    this.#nodes = members.map((member) => new Node(this.#contextOf(member, writer), () => this.#cluster.info()))
  }

  /** Listens when it resolves; it is ready after `startingMs`. */
  static async open(options: DoubleOptions = {}): Promise<Double> {
    const { folder, ports = [0], clock = systemClock } = options
    const double = new Double(options, await EventLog.open(folder, clock), ports.length)
    for (const [index, port] of ports.entries()) await double.startNode(index, port)
    return double
  }

  get connectionString(): string {
    const hosts = this.#cluster.members.map(({ endpoint }) => `${endpoint.address}:${endpoint.port}`)
    return `esdb://${hosts.join(',')}?tls=false`
  }

  /** The number of the node that leads, from 0; undefined while none does. */
  get leader(): number | undefined {
    const { leader, members } = this.#cluster
    return leader && members.indexOf(leader)
  }

  /** Starts a node that is down, on the port it had before. */
  async startNode(index: number, port = this.#memberAt(index).endpoint.port): Promise<void> {
    const member = this.#memberAt(index)
    this.#cluster.change(member, 'starting')
    member.endpoint.port = await this.#nodeAt(index).listen(port)
    const up = (): void => {
      if (member.state === 'starting') this.#cluster.change(member, 'up')
    }
    if (this.#options.startingMs > 0) this.#starts.add(setTimeout(up, this.#options.startingMs))
    else up()
  }

  /** As a kill -9 of the node's process. What it has taken and not committed may still be committed, unacknowledged. */
  async killNode(index: number): Promise<void> {
    this.#cluster.change(this.#memberAt(index), 'down')
    await this.#nodeAt(index).kill()
  }

  /** The leader steps down and another node is elected. */
  electLeader(): void {
    this.#cluster.resign()
  }

  /** Ends as a server does that is asked to: refuses appends for a while, ends the calls that stand, and is gone. */
  async stop(): Promise<void> {
    for (const member of this.#cluster.members) if (member.state !== 'down') this.#cluster.change(member, 'stopping')
    await new Promise((resume) => setTimeout(resume, this.#options.stoppingMs))
    await Promise.all(this.#nodes.map((node) => node.shutDown()))
    await this.close()
  }

  async close(): Promise<void> {
    this.#cluster.close()
    for (const start of this.#starts) clearTimeout(start)
    for (const index of this.#nodes.keys()) await this.killNode(index)
    await this.#log.close()
  }

  #contextOf(member: Member, writer: StreamWriter): NodeContext {
    return {
      log: this.#log,
      writer,
      clock: this.#options.clock,
      commitTimeoutMs: this.#options.commitTimeoutMs,
      standing: () => this.#cluster.standingOf(member),
      leaderElsewhere: () => {
        const { leader } = this.#cluster
        return leader === member ? undefined : leader?.endpoint
      },
      standingCalls: new Set(),
    }
  }

  #memberAt(index: number): Member {
    const member = this.#cluster.members[index]
    if (member === undefined) throw new RangeError(`there is no node ${index}`)
    return member
  }

  #nodeAt(index: number): Node {
    const node = this.#nodes[index]
    if (node === undefined) throw new RangeError(`there is no node ${index}`)
    return node
  }
}
