import type { Endpoint, Standing } from './node-context.ts'
import { gossip, uuid } from './protocol.ts'

export interface Member {
  readonly id: string
  readonly endpoint: Endpoint
  /** A node that starts or stops is reached and not ready; one that is down is not reached. */
  state: 'starting' | 'up' | 'stopping' | 'down'
}

/**
 * Who leads. It copies what clients see of the nodes (one leads and the others forward to it; after its end nobody answers
 * appends until another is elected; without more than half of the nodes nobody is ready), not how they agree and replicate.
 */
export class Cluster {
  readonly members: readonly Member[]
  readonly #electionMs: number
  #leader: Member | undefined
  #former: Member | undefined
  #election: NodeJS.Timeout | undefined

  constructor(members: readonly Member[], electionMs: number) {
    this.members = members
    this.#electionMs = electionMs
  }

  get leader(): Member | undefined {
    return this.#leader
  }

  standingOf(member: Member): Standing {
    if (member.state !== 'up' || !this.#hasQuorum()) return 'not-ready'
    return this.#leader === undefined ? 'leaderless' : 'ready'
  }

  /** Changes a member's state; who led and does so no more is followed by another after an election. */
  change(member: Member, state: Member['state']): void {
    member.state = state
    if (this.#leader !== undefined && (this.#leader.state !== 'up' || !this.#hasQuorum())) this.resign()
    else this.#electIfNeeded()
  }

  /** The leader steps down; another is elected if there is one. */
  resign(): void {
    this.#former = this.#leader ?? this.#former
    this.#leader = undefined
    this.#electIfNeeded()
  }

  close(): void {
    clearTimeout(this.#election)
  }

  /** Gossip, as the client reads it. */
  info(): gossip.ClusterInfo {
    const members = this.members.map(({ id, endpoint, state }) =>
      new gossip.MemberInfo()
        .setInstanceId(uuid(id))
        .setTimeStamp('1')
        .setIsAlive(state !== 'down')
        .setState(this.#stateOf(state, endpoint))
        .setHttpEndPoint(new gossip.EndPoint().setAddress(endpoint.address).setPort(endpoint.port)),
    )
    return new gossip.ClusterInfo().setMembersList(members)
  }

  #stateOf(state: Member['state'], endpoint: Endpoint): gossip.MemberInfo.VNodeState {
    const states = gossip.MemberInfo.VNodeState
    if (state === 'starting') return states.INITIALIZING
    if (state === 'stopping') return states.SHUTTINGDOWN
    if (state === 'down' || !this.#hasQuorum()) return states.UNKNOWN
    return endpoint === this.#leader?.endpoint ? states.LEADER : states.FOLLOWER
  }

  #hasQuorum(): boolean {
    return this.#up().length > this.members.length / 2
  }

  #up(): readonly Member[] {
    return this.members.filter(({ state }) => state === 'up')
  }

  /** The first leader is there as soon as there is a quorum; later ones take an election. */
  #electIfNeeded(): void {
    if (this.#leader !== undefined || !this.#hasQuorum()) return
    if (this.#former === undefined || this.members.length === 1) this.#elect()
    else if (this.#election === undefined) {
      this.#election = setTimeout(() => {
        this.#election = undefined
        this.#elect()
      }, this.#electionMs)
    }
  }

  #elect(): void {
    if (!this.#hasQuorum()) return
    const candidates = this.#up()
    this.#leader = candidates.find((member) => member !== this.#former) ?? candidates[0]
  }
}
