import { Type } from 'typebox'
import { DomainError } from '../../domain/errors.ts'
import { Closed } from '../../domain/names.ts'
import { webhookStream } from '../../domain/webhooks/subscription/events.ts'
import { subscription } from '../../domain/webhooks/subscription/subscription.ts'
import { command } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { onWebhook, webhookInput } from './managed-webhook.ts'
import { eventAt, replayStart } from './replay-start.ts'

export const testWebhook = command({
  name: 'TestWebhook',
  summary: 'Sends a delivery that tries a webhook out: the event that says that you asked for it.',
  input: Closed(webhookInput),
  permission: onWebhook,
  handle: async ({ id }, context, dependencies) => {
    const { position } = await decideAndAppend(dependencies, context, webhookStream(id), subscription, {
      type: 'TestWebhook',
    })
    return { position }
  },
})

export const redeliverWebhook = command({
  name: 'RedeliverWebhook',
  summary: 'Delivers the event of a delivery once more, whatever became of it.',
  input: Closed({ ...webhookInput, delivery: Type.String({ minLength: 1, maxLength: 64, description: 'its id' }) }),
  permission: onWebhook,
  handle: async ({ id, delivery }, context, dependencies) => {
    const position = await dependencies.deliveries?.positionOf(id, delivery)
    const event = position === undefined ? undefined : await eventAt(dependencies.store, position)
    if (event === undefined) throw new DomainError('not-found', 'The webhook has no such delivery, or none any more.')
    const again = { type: 'RedeliverWebhook', deliveryId: delivery, event } as const
    const done = await decideAndAppend(dependencies, context, webhookStream(id), subscription, again)
    return { position: done.position }
  },
})

export const replayWebhook = command({
  name: 'ReplayWebhook',
  summary: 'Delivers everything once more that happened after a position, or since an instant.',
  input: Closed({
    ...webhookInput,
    after: Type.String({
      minLength: 1,
      maxLength: 30,
      description: 'a position, or an instant like 2026-03-01T12:00:00Z',
    }),
  }),
  permission: onWebhook,
  handle: async ({ id, after }, context, dependencies) => {
    const from = await replayStart(dependencies.store, after, dependencies.clock.now())
    const again = { type: 'ReplayWebhook', from } as const
    const { position } = await decideAndAppend(dependencies, context, webhookStream(id), subscription, again)
    return { position }
  },
})
