import { deleteWebhook, rotateWebhookSecret, updateWebhook } from './change-webhook.ts'
import { createWebhook } from './create-webhook.ts'
import { redeliverWebhook, replayWebhook, testWebhook } from './deliver-again.ts'

export type { DeliveryDirectory } from './delivery-directory.ts'
export { pauseWebhook } from './pause-webhook.ts'

/** The commands on webhooks. */
export const webhookCommands = [
  createWebhook,
  updateWebhook,
  rotateWebhookSecret,
  deleteWebhook,
  testWebhook,
  redeliverWebhook,
  replayWebhook,
] as const
