import type { Sql } from 'postgres'
import type { Clock } from '../clock.ts'
import type { Sealing } from './sealing.ts'
import type { VaultWebhook, WebhookHeader, WebhookSecret, WebhookVault } from './vault.ts'

/** Signatures of all of them go into one header of each delivery. */
const MOST_SECRETS = 5

/** What a row holds, sealed. Revisions are those of the webhook's stream at which a part was set. */
interface Content {
  readonly url: string
  readonly urlRevision: number
  readonly headers: readonly WebhookHeader[]
  readonly headersRevision: number
  /** Newest first. */
  readonly secrets: readonly KeptSecret[]
}

interface KeptSecret extends WebhookSecret {
  /** Id of the rotation that it came with. */
  readonly rotation?: string
}

interface Row {
  readonly webhook_id: string
  readonly version: string
  readonly key_id: string
  readonly sealed: Uint8Array
}

const about = (webhookId: string): string => `what the vault keeps of webhook ${webhookId}`

const shown = ({ secret, validUntil }: KeptSecret): WebhookSecret => ({
  secret,
  ...(validUntil === undefined ? {} : { validUntil }),
})

/** The vault's part for webhooks: one sealed row for each. */
export const webhookVault = (sql: Sql, clock: Clock, sealing: Sealing): WebhookVault => {
  const contentOf = ({ webhook_id, key_id, sealed }: Row): Content =>
    JSON.parse(sealing.open({ keyId: key_id, bytes: sealed }, about(webhook_id))) as Content

  const stillValid = ({ validUntil }: WebhookSecret): boolean => validUntil === undefined || validUntil > clock.now()

  const webhookOf = (row: Row): VaultWebhook => {
    const { url, headers, secrets } = contentOf(row)
    const webhookId = row.webhook_id
    return { webhookId, version: Number(row.version), url, headers, secrets: secrets.filter(stillValid).map(shown) }
  }

  const sealedOf = (webhookId: string, content: Content) => {
    const { keyId, bytes } = sealing.seal(JSON.stringify(content), about(webhookId))
    return { keyId, bytes: Buffer.from(bytes) }
  }

  /** Changes a row while nobody else does; what it holds then, or undefined: there is none. */
  const change = (webhookId: string, next: (content: Content) => Content): Promise<Content | undefined> =>
    sql.begin<Content | undefined>(async (tx) => {
      const [row] = await tx<Row[]>`select * from vault_webhooks where webhook_id = ${webhookId} for update`
      if (row === undefined) return undefined
      const before = contentOf(row)
      const after = next(before)
      if (after === before) return before
      const { keyId, bytes } = sealedOf(webhookId, after)
      await tx`
        update vault_webhooks set key_id = ${keyId}, sealed = ${bytes}, version = version + 1
        where webhook_id = ${webhookId}`
      return after
    })

  const many = async (webhookIds: readonly string[]): Promise<ReadonlyMap<string, VaultWebhook>> => {
    const rows = await sql<Row[]>`select * from vault_webhooks where webhook_id = any(${[...webhookIds]})`
    return new Map(rows.map((row) => [row.webhook_id, webhookOf(row)]))
  }

  const load = async (webhookId: string): Promise<VaultWebhook | undefined> => (await many([webhookId])).get(webhookId)

  return {
    load,
    many,

    async keep({ webhookId, url, headers, secret }) {
      const content: Content = { url, urlRevision: 0, headers, headersRevision: 0, secrets: [{ secret }] }
      const { keyId, bytes } = sealedOf(webhookId, content)
      await sql`
        insert into vault_webhooks (webhook_id, key_id, sealed) values (${webhookId}, ${keyId}, ${bytes})
        on conflict (webhook_id) do nothing`
      return load(webhookId)
    },

    async versions(webhookIds) {
      const rows = await sql<Pick<Row, 'webhook_id' | 'version'>[]>`
        select webhook_id, version from vault_webhooks where webhook_id = any(${[...webhookIds]})`
      return new Map(rows.map((row) => [row.webhook_id, Number(row.version)]))
    },

    async update(webhookId, { revision, url, headers }) {
      const content = await change(webhookId, (before) => {
        const newUrl = url !== undefined && revision > before.urlRevision
        const newHeaders = headers !== undefined && revision > before.headersRevision
        if (!newUrl && !newHeaders) return before
        return {
          ...before,
          ...(newUrl ? { url, urlRevision: revision } : {}),
          ...(newHeaders ? { headers, headersRevision: revision } : {}),
        }
      })
      return content !== undefined
    },

    async rotate(webhookId, { id: rotation, secret, previousUntil }) {
      const content = await change(webhookId, (before) => {
        if (before.secrets.some((known) => known.rotation === rotation)) return before
        const ending = before.secrets
          .filter(stillValid)
          .map((known) => ({ ...known, validUntil: known.validUntil ?? previousUntil }))
        return { ...before, secrets: [{ secret, rotation }, ...ending].slice(0, MOST_SECRETS) }
      })
      return content?.secrets.find((known) => known.rotation === rotation)?.secret
    },

    async forget(webhookId) {
      await sql`delete from vault_webhooks where webhook_id = ${webhookId}`
    },
  }
}
