import { LRUCache } from 'lru-cache'
import type { Sql } from 'postgres'
import { FreshCache } from '../../platform/event-store/fresh-cache.ts'
import type { Tail } from '../../platform/event-store/tail.ts'
import type { VaultWebhook, WebhookVault } from '../../platform/vault/vault.ts'
import type { ReadModelProgress } from '../../projections/read-models.ts'
import { findWebhook, type WebhookRow } from '../../projections/webhooks/queries.ts'

/** Webhooks as deliveries need them. Both throw `unavailable`. */
export interface WebhookDirectory {
  /** Undefined: it was deleted. Only for webhooks whose creation the read models show. */
  settings(webhookId: string): Promise<WebhookRow | undefined>
  /** Address, headers, secrets; up to `SECRETS_MS` old, since what changes them in the vault may do so after it is in the log. */
  secrets(webhookId: string): Promise<VaultWebhook | undefined>
}

const SECRETS_MS = 1000
const MOST = 10_000
const ABSENT = 'absent'

export const webhookDirectory = ({
  sql,
  tail,
  progress,
  vault,
}: {
  readonly sql: Sql
  readonly tail: Tail
  readonly progress: Pick<ReadModelProgress, 'reached'>
  readonly vault: Pick<WebhookVault, 'load'>
}): WebhookDirectory => {
  const settings = new FreshCache<WebhookRow | typeof ABSENT>({
    tail,
    affects: ({ stream, data }) =>
      stream.startsWith('webhook-') ? [(data as { readonly webhookId: string }).webhookId] : undefined,
    ready: (position) => progress.reached(position),
  })
  const secrets = new LRUCache<string, Promise<VaultWebhook | undefined>>({ max: MOST, ttl: SECRETS_MS })

  return {
    async settings(webhookId) {
      const found = await settings.get(webhookId, async () => (await findWebhook(sql, webhookId)) ?? ABSENT)
      return found === ABSENT ? undefined : found
    },
    secrets(webhookId) {
      const known = secrets.get(webhookId)
      if (known !== undefined) return known
      const loading = vault.load(webhookId)
      secrets.set(webhookId, loading)
      loading.catch(() => secrets.delete(webhookId))
      return loading
    },
  }
}
