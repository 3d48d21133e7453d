import { systemPrincipal } from '../../domain/access/authorise.ts'
import { webhookStream } from '../../domain/webhooks/subscription/events.ts'
import { subscription } from '../../domain/webhooks/subscription/subscription.ts'
import { derivedId } from '../../platform/ids.ts'
import type { CommandContext, CommandDependencies } from '../command.ts'
import { decideAndAppend } from '../decide-and-append.ts'

/** Who acts in the event. */
const WORKER = systemPrincipal('webhooks')

/**
 * Pauses a webhook, unless somebody stopped or removed it already. `cause` tells this verdict from others (the job and its
 * try): a repeat of it does not pause anew what was resumed meanwhile. `failingSince`: milliseconds since the epoch.
 * @throws {PlatformError} `unavailable` | `unknown-outcome`: repeat it
 */
export const pauseWebhook = async (
  dependencies: CommandDependencies,
  verdict: {
    readonly webhookId: string
    readonly reason: string
    readonly failingSince: number
    readonly cause: string
  },
): Promise<void> => {
  const { webhookId, reason, cause } = verdict
  const commandId = derivedId('pause-webhook', webhookId, cause)
  const context: CommandContext = {
    principal: WORKER,
    commandId,
    correlationId: commandId,
    expectedRevision: undefined,
    repeat: true,
  }
  const failingSince = new Date(verdict.failingSince).toISOString()
  await decideAndAppend(dependencies, context, webhookStream(webhookId), subscription, {
    type: 'PauseWebhook',
    reason,
    failingSince,
  })
}
