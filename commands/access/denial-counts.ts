import type { Action, Principal, Resource } from '../../domain/access/authorise.ts'

/** How often an actor was refused an action on a resource within one minute. */
export interface DenialCount {
  readonly principal: Principal
  readonly action: Action
  readonly resource: Resource
  /** Its start, in milliseconds since the epoch. */
  readonly minute: number
  count: number
}

export const MINUTE = 60_000

/**
 * Different denials held before no more of their kind are: somebody who tries more names in a minute is counted by repository,
 * then by project, then without one.
 */
const roomFor = ({ project, repository, name }: Resource): number => {
  if (name !== undefined) return 4_000
  if (repository !== undefined) return 4_500
  return project === undefined ? Infinity : 5_000
}

const coarser = ({ project = '', repository = '', name }: Resource): Resource => {
  if (name !== undefined) return { project, repository }
  return repository === '' ? {} : { project }
}

/** The counts that are not recorded yet, in bounded memory. */
export class DenialCounts {
  #held = new Map<string, DenialCount>()

  /** `now`: milliseconds since the epoch. */
  add(principal: Principal, action: Action, resource: Resource, now: number): void {
    const minute = Math.floor(now / MINUTE) * MINUTE
    const { project, repository, name } = resource
    const key = JSON.stringify([principal.accountId, action, project, repository, name, minute])
    const known = this.#held.get(key)
    if (known !== undefined) known.count += 1
    else if (this.#held.size < roomFor(resource)) this.#held.set(key, { principal, action, resource, minute, count: 1 })
    else this.add(principal, action, coarser(resource), now)
  }

  /** Hands out, and forgets, the counts of minutes that began before the instant. */
  take(before: number): readonly DenialCount[] {
    const taken: DenialCount[] = []
    for (const [key, count] of this.#held) {
      if (count.minute >= before) continue
      taken.push(count)
      this.#held.delete(key)
    }
    return taken
  }
}
