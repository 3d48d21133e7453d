import { resourceOf } from '../../domain/access/scope.ts'
import { assertNever } from '../../domain/decider.ts'
import type { SubscriptionEvent } from '../../domain/webhooks/subscription/events.ts'
import { historyModel } from '../history-model.ts'
import { tableSql } from '../read-model.ts'
import type { WebhookColumns } from './columns.ts'

type Shown = Extract<
  SubscriptionEvent,
  { readonly type: 'WebhookCreated' | 'WebhookUpdated' | 'WebhookDeleted' | 'WebhookPaused' | 'WebhookResumed' }
>

const RUNNING = { paused_reason: null, failing_since: null, paused_at: null } as const

/** What the event sets; undefined: the webhook is gone. */
const settingOf = (
  event: Exclude<Shown, { type: 'WebhookCreated' }>,
  at: string,
): Partial<WebhookColumns> | undefined => {
  switch (event.type) {
    case 'WebhookUpdated': {
      const { name, origin, events, headerNames, active } = event.data
      return {
        ...(name === undefined ? {} : { name }),
        ...(origin === undefined ? {} : { origin }),
        ...(events === undefined ? {} : { events: JSON.stringify(events) }),
        ...(headerNames === undefined ? {} : { header_names: JSON.stringify(headerNames) }),
        ...(active === undefined ? {} : { active }),
        updated_at: at,
      }
    }
    case 'WebhookPaused':
      return { paused_reason: event.data.reason, failing_since: event.data.failingSince, paused_at: at }
    case 'WebhookResumed':
      return RUNNING
    case 'WebhookDeleted':
      return undefined
    default:
      return assertNever(event)
  }
}

/** Webhooks that were not deleted. Lists are kept as JSON. */
export const webhooks = historyModel<WebhookColumns>({
  name: 'webhooks',
  version: 1,
  ...tableSql(new URL('./table.sql', import.meta.url)),
  handles: ['WebhookCreated', 'WebhookUpdated', 'WebhookDeleted', 'WebhookPaused', 'WebhookResumed'],
  columns: {
    webhook_id: 'text',
    name: 'text',
    scope: 'text',
    project: 'text',
    repository: 'text',
    origin: 'text',
    events: 'text',
    header_names: 'text',
    active: 'boolean',
    paused_reason: 'text',
    failing_since: 'text',
    paused_at: 'text',
    creator_id: 'text',
    created_at: 'text',
    updated_at: 'text',
  },
  keyLength: 1,
  changes: (recorded, _, { at }) => {
    const event = recorded as Shown
    const key = [event.data.webhookId]
    if (event.type !== 'WebhookCreated') {
      const setting = settingOf(event, at)
      return [{ key, next: (row) => (row === undefined || setting === undefined ? undefined : { ...row, ...setting }) }]
    }
    const { webhookId, name, scope, origin, events, headerNames, active, creatorId } = event.data
    const { project, repository } = resourceOf(scope)
    const row = {
      webhook_id: webhookId,
      name,
      scope,
      project: project ?? null,
      repository: repository ?? null,
      origin,
      events: events === undefined ? null : JSON.stringify(events),
      header_names: JSON.stringify(headerNames),
      active,
      ...RUNNING,
      creator_id: creatorId,
      created_at: at,
      updated_at: at,
    }
    return [{ key, fresh: true, next: () => row }]
  },
})
