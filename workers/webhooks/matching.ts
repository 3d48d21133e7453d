import type { Scope } from '../../domain/access/scope.ts'
import { isPublished } from '../../domain/live/live-event.ts'
import { placeOf, type Located } from '../../domain/live/event-place.ts'
import { wantsType } from '../../domain/webhooks/subscription/event-patterns.ts'

/** A webhook as far as it decides which events it is told of. */
export interface Wants {
  readonly scope: Scope
  /** Types, or beginnings of types with a star; absent: all. */
  readonly events?: readonly string[] | undefined
}

const covers = (scope: Scope, project: string | null, repository: string | null): boolean => {
  if (scope === 'system') return true
  if (project === null) return false
  return scope === project || (repository !== null && scope === `${project}/${repository}`)
}

/** Whether the event is for the webhook, as far as place and type go; what its creator may read is asked when it is delivered. */
export const wants = (
  { scope, events }: Wants,
  { type, data }: { readonly type: string; readonly data: unknown },
): boolean => {
  if (!isPublished(type) || !wantsType(events, type)) return false
  const [project, repository] = placeOf(data as Located)
  return covers(scope, project, repository)
}
