import { group, type GroupEvent, type GroupState } from '../../domain/access/group/group.ts'
import {
  roleGrant,
  type RoleGrant,
  type RoleGrantEvent,
  type RoleGrantState,
} from '../../domain/access/role-grant/role-grant.ts'
import { reachesInto } from '../../domain/access/scope.ts'
import { upcast } from '../../domain/event-catalogue.ts'
import type { EventMetadata } from '../../domain/metadata.ts'
import type { RecordedEvent } from '../../platform/event-store/event-store.ts'
import type { RepositoryPlace } from '../place.ts'
import { byText } from './in-order.ts'

export interface ReplayedGrant extends RoleGrant {
  readonly grantedAt: string
  /** Ids of the accounts in the group; null where an account has the role itself. */
  readonly members: readonly string[] | null
}

interface Folded {
  readonly state: RoleGrantState
  readonly grant: RoleGrant
  readonly at: string
}

/** The roles that reach into a repository: on the system, its project, itself or names in it; with who is in the groups. */
export class FoldedGrants {
  readonly #place: RepositoryPlace
  readonly #grants = new Map<string, Folded>()
  readonly #groups = new Map<string, GroupState>()

  constructor(place: RepositoryPlace) {
    this.#place = place
  }

  take(recorded: RecordedEvent): void {
    switch (recorded.type) {
      case 'RoleGranted':
      case 'RoleRevoked':
        return this.#takeGrant(upcast(recorded) as RoleGrantEvent, recorded.metadata as EventMetadata)
      case 'GroupCreated':
      case 'GroupMemberAdded':
      case 'GroupMemberRemoved': {
        const event = upcast(recorded) as GroupEvent
        const name = event.data.group
        this.#groups.set(name, group.evolve(this.#groups.get(name) ?? group.initialState, event))
      }
    }
  }

  #takeGrant(event: RoleGrantEvent, { at }: EventMetadata): void {
    const { role, subject, scope } = event.data
    if (!reachesInto(scope, this.#place)) return
    const key = JSON.stringify([role, subject.kind, subject.id, scope])
    const state = roleGrant.evolve(this.#grants.get(key)?.state ?? roleGrant.initialState, event)
    if (state.granted) this.#grants.set(key, { state, grant: event.data, at })
    else this.#grants.delete(key)
  }

  /** By scope, kind of subject, subject and role. */
  list(): readonly ReplayedGrant[] {
    return [...this.#grants.values()]
      .map(({ grant, at }) => ({
        role: grant.role,
        subject: grant.subject,
        scope: grant.scope,
        grantedAt: at,
        members:
          grant.subject.kind === 'group' ? [...(this.#groups.get(grant.subject.id)?.members ?? [])].sort() : null,
      }))
      .sort(
        byText(
          ({ scope }) => scope,
          ({ subject }) => subject.kind,
          ({ subject }) => subject.id,
          ({ role }) => role,
        ),
      )
  }
}
