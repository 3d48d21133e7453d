import { Type } from 'typebox'
import { resourceOf, type Scope } from '../../domain/access/scope.ts'
import { DomainError } from '../../domain/errors.ts'
import { Closed, Optional } from '../../domain/names.ts'
import { project as projectDecider, projectStream } from '../../domain/registry/project/project.ts'
import { EventPatterns } from '../../domain/webhooks/subscription/event-patterns.ts'
import { WebhookScope, webhookStream } from '../../domain/webhooks/subscription/events.ts'
import { subscription } from '../../domain/webhooks/subscription/subscription.ts'
import { derivedId } from '../../platform/ids.ts'
import { command, type CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'
import { requireRepository } from '../registry/in-repository.ts'
import { checkEventFilter } from './event-filter.ts'
import { requireFullSight } from './managed-webhook.ts'
import { newSigningSecret } from './signing-secret.ts'
import { WebhookHeaders, webhookHeaders } from './webhook-headers.ts'
import { MOST_URL_CHARACTERS, webhookUrl } from './webhook-url.ts'

/** The input fields that say what a webhook sends, and where. */
export const webhookSettings = {
  name: Type.String({ minLength: 1, maxLength: 200, description: 'what it is for' }),
  url: Type.String({ minLength: 1, maxLength: MOST_URL_CHARACTERS, description: 'https://example.com/hook' }),
  events: EventPatterns,
  headers: WebhookHeaders,
  active: Type.Boolean({ description: 'whether it delivers; default true' }),
} as const

/** A webhook on a mistyped name would wait in silence for whoever creates it. */
const requirePlace = async (dependencies: CommandDependencies, scope: Scope): Promise<void> => {
  const { project, repository } = resourceOf(scope)
  if (project === undefined) return
  if (repository !== undefined) {
    await requireRepository(dependencies, { project, repository })
    return
  }
  const { state } = await dependencies.folds.load(projectStream(project), projectDecider)
  if (!state.exists) throw new DomainError('not-found', `There is no project ${project}.`)
}

const alreadyShown = () =>
  new DomainError('secret-already-shown', 'This webhook was created before; its secret cannot be shown again.')

export const createWebhook = command({
  name: 'CreateWebhook',
  summary:
    'Creates a webhook: events of the system, a project or a repository are sent to an address as they happen. The secret ' +
    'that its deliveries are signed with is shown once.',
  input: Closed({
    name: webhookSettings.name,
    scope: WebhookScope,
    url: webhookSettings.url,
    events: Optional(webhookSettings.events),
    headers: Optional(webhookSettings.headers),
    active: Optional(webhookSettings.active),
  }),
  answers: ['id', 'secret'],
  secret: 'secret',
  permission: ({ scope }) => ({ action: 'manage', resource: resourceOf(scope) }),
  handle: async ({ name, scope, active = true, ...input }, context, dependencies) => {
    const webhookId = derivedId(context.commandId, 'webhook')
    const stream = webhookStream(webhookId)
    if (context.repeat) {
      const { state } = await dependencies.folds.load(stream, subscription)
      if (state.status !== 'absent') throw alreadyShown()
    }
    requireFullSight(context.principal, scope)
    const { url, origin } = webhookUrl(input.url)
    const headers = webhookHeaders(input.headers)
    if (input.events !== undefined) checkEventFilter(input.events)
    await requirePlace(dependencies, scope)

    // A repeat after a crash gets the secret that was kept then, so that of two at once neither shows one that does not sign.
    const kept = await dependencies.vault.webhooks.keep({ webhookId, url, headers, secret: newSigningSecret() })
    const secret = kept?.secrets[0]?.secret
    if (secret === undefined) throw alreadyShown()
    const { position, unchanged } = await decideAndAppend(dependencies, context, stream, subscription, {
      type: 'CreateWebhook',
      webhook: {
        webhookId,
        name,
        scope,
        origin,
        ...(input.events === undefined ? {} : { events: input.events }),
        headerNames: headers.map((header) => header.name),
        active,
        creatorId: context.principal.accountId,
      },
    })
    if (unchanged) throw alreadyShown()
    return { position, id: webhookId, secret }
  },
})
