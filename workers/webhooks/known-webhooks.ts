import { placeOf, type Located } from '../../domain/live/event-place.ts'
import { resourceOf, type Scope } from '../../domain/access/scope.ts'
import type { SubscriptionEvent } from '../../domain/webhooks/subscription/events.ts'
import { wants } from './matching.ts'

/** A webhook as far as it decides what is to be delivered, and whether now. */
export interface KnownWebhook {
  readonly scope: Scope
  readonly events?: readonly string[]
  readonly active: boolean
  readonly paused: boolean
}

/** By id. A JSON value: it is kept with the jobs that followed from it. */
export type KnownWebhooks = Readonly<Record<string, KnownWebhook>>

export const delivers = ({ active, paused }: KnownWebhook): boolean => active && !paused

/** The webhooks after the event; the same object when it changes none. */
export const withEvent = (known: KnownWebhooks, { type, data }: SubscriptionEvent): KnownWebhooks => {
  const before = known[data.webhookId]
  if (type === 'WebhookCreated') {
    const { webhookId, scope, events, active } = data
    const created = { scope, ...(events === undefined ? {} : { events }), active, paused: false }
    return { ...known, [webhookId]: created }
  }
  if (before === undefined) return known
  const changed = (webhook: KnownWebhook): KnownWebhooks => ({ ...known, [data.webhookId]: webhook })
  switch (type) {
    case 'WebhookUpdated': {
      const { events = before.events, active = before.active } = data
      return changed({ ...before, ...(events === undefined ? {} : { events }), active })
    }
    case 'WebhookPaused':
      return changed({ ...before, paused: true })
    case 'WebhookResumed':
      return changed({ ...before, paused: false })
    case 'WebhookDeleted': {
      const { [data.webhookId]: _, ...others } = known
      return others
    }
    default:
      return known
  }
}

type Entry = readonly [webhookId: string, webhook: KnownWebhook]

/** Of webhooks that do not change: an event of one project asks those of this project and of the system only. */
const indexes = new WeakMap<KnownWebhooks, ReadonlyMap<string | undefined, readonly Entry[]>>()

const indexOf = (known: KnownWebhooks): ReadonlyMap<string | undefined, readonly Entry[]> => {
  const made = indexes.get(known) ?? Map.groupBy(Object.entries(known), ([, { scope }]) => resourceOf(scope).project)
  indexes.set(known, made)
  return made
}

/** Ids of the webhooks that are to be told of the event, as far as its place and type go. */
export const toldOf = (
  known: KnownWebhooks,
  event: { readonly type: string; readonly data: unknown },
): readonly string[] => {
  const index = indexOf(known)
  const [project] = placeOf(event.data as Located)
  const near = [...(index.get(undefined) ?? []), ...(project === null ? [] : (index.get(project) ?? []))]
  return near.filter(([, webhook]) => wants(webhook, event)).map(([webhookId]) => webhookId)
}
