import type { Position } from '../../platform/event-store/event-store.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Optional } from '../../domain/names.ts'
import { webhookStream } from '../../domain/webhooks/subscription/events.ts'
import { noSuchWebhook, subscription } from '../../domain/webhooks/subscription/subscription.ts'
import { command, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { webhookSettings } from './create-webhook.ts'
import { checkEventFilter } from './event-filter.ts'
import { onWebhook, requireFullSight, webhookInput } from './managed-webhook.ts'
import { BOTH_SIGN_MILLISECONDS, newSigningSecret } from './signing-secret.ts'
import { webhookHeaders } from './webhook-headers.ts'
import { webhookUrl } from './webhook-url.ts'

/** Where in its stream the event stands that a repeated command wrote the first time. */
const revisionAt = async ({ store }: CommandDependencies, stream: string, position: Position): Promise<number> => {
  const events = await store.readStream(stream)
  const found = events.find((event) => event.position === position)
  if (found === undefined) throw new DomainError('unavailable', 'The event that was written before cannot be read yet.')
  return found.revision
}

/**
 * Secret values were given for one receiver, and whoever manages the webhook now is shown none of them: they do not go to
 * another one.
 */
const keepSecretsAtHome = async ({ vault }: CommandDependencies, id: string, origin: string): Promise<void> => {
  const kept = await vault.webhooks.load(id)
  if (kept === undefined || new URL(kept.url).origin === origin || kept.headers.every(({ secret }) => !secret)) return
  throw new DomainError(
    'invalid-input',
    'The webhook has secret headers, which are not sent to another host: give headers anew together with url.',
  )
}

export const updateWebhook = command({
  name: 'UpdateWebhook',
  summary:
    'Changes a webhook; fields left out stay as they are, events and headers are replaced as a whole. Setting it active lets ' +
    'one that Waybill paused go on where it stopped.',
  input: Closed({
    ...webhookInput,
    name: Optional(webhookSettings.name),
    url: Optional(webhookSettings.url),
    events: Optional(webhookSettings.events),
    headers: Optional(webhookSettings.headers),
    active: Optional(webhookSettings.active),
  }),
  permission: onWebhook,
  handle: async ({ id, name, events, active, ...input }, context, dependencies) => {
    const stream = webhookStream(id)
    const { state } = await dependencies.folds.load(stream, subscription)
    if (state.status === 'absent') throw noSuchWebhook()
    requireFullSight(context.principal, state.scope)
    const address = input.url === undefined ? undefined : webhookUrl(input.url)
    const headers = input.headers === undefined ? undefined : webhookHeaders(input.headers)
    if (events !== undefined) checkEventFilter(events)
    if (address !== undefined && headers === undefined) await keepSecretsAtHome(dependencies, id, address.origin)
    const { position, revision, unchanged } = await decideAndAppend(dependencies, context, stream, subscription, {
      type: 'UpdateWebhook',
      changes: {
        ...(name === undefined ? {} : { name }),
        ...(address === undefined ? {} : { origin: address.origin }),
        ...(events === undefined ? {} : { events }),
        ...(headers === undefined ? {} : { headerNames: headers.map((header) => header.name) }),
        ...(active === undefined ? {} : { active }),
      },
    })
    // The log first: nothing is ever sent to an address of which the log does not say who set it.
    if (address !== undefined || headers !== undefined) {
      const said = unchanged ? await revisionAt(dependencies, stream, position) : revision
      await dependencies.vault.webhooks.update(id, { revision: said, url: address?.url, headers })
    }
    return { position }
  },
})

export const rotateWebhookSecret = command({
  name: 'RotateWebhookSecret',
  summary:
    'Gives a webhook a new signing secret, which is shown once. Deliveries are signed with the one before too for a day, and ' +
    'with at most the last five.',
  input: Closed(webhookInput),
  answers: ['secret'],
  secret: 'secret',
  permission: onWebhook,
  handle: async ({ id }, context, dependencies) => {
    const { position, unchanged } = await decideAndAppend(dependencies, context, webhookStream(id), subscription, {
      type: 'RotateWebhookSecret',
    })
    if (unchanged)
      throw new DomainError('secret-already-shown', 'The secret was rotated before; it cannot be shown again.')
    // The log first: if the vault fails, the receiver's secret still signs, and nobody was given another.
    const secret = await dependencies.vault.webhooks.rotate(id, {
      id: context.commandId,
      secret: newSigningSecret(),
      previousUntil: dependencies.clock.now() + BOTH_SIGN_MILLISECONDS,
    })
    if (secret === undefined) throw noSuchWebhook()
    return { position, secret }
  },
})

export const deleteWebhook = command({
  name: 'DeleteWebhook',
  summary: 'Removes a webhook; nothing is delivered any more, also of what waits.',
  input: Closed(webhookInput),
  permission: onWebhook,
  handle: async ({ id }, context, dependencies) => {
    const { position } = await decideAndAppend(dependencies, context, webhookStream(id), subscription, {
      type: 'DeleteWebhook',
    })
    await dependencies.vault.webhooks.forget(id)
    return { position }
  },
})
