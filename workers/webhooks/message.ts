import type { KeyObject } from 'node:crypto'
import { CLOUD_EVENT_CONTENT_TYPE, cloudEventOf } from '../../domain/live/cloud-event.ts'
import type { SeenEvent } from '../../domain/live/event-sight.ts'
import type { VaultWebhook } from '../../platform/vault/vault.ts'
import { signatureHeaders, signingKey } from './signature.ts'

/** A delivery as it is sent, and its headers as they may be shown. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>
  readonly shownHeaders: Readonly<Record<string, string>>
  readonly body: string
}

const HIDDEN = '[hidden]'

/** The names of charsets are the same in either case, but the SDK of CloudEvents for JavaScript compares the text. */
const CONTENT_TYPE = CLOUD_EVENT_CONTENT_TYPE.toLowerCase()

/** What all messages of a webhook share, made once for each time that its secrets and headers are loaded. */
interface Prepared {
  readonly headers: Readonly<Record<string, string>>
  readonly shownHeaders: Readonly<Record<string, string>>
  readonly keys: readonly { readonly key: KeyObject; readonly validUntil: number | undefined }[]
}

type Sealed = Pick<VaultWebhook, 'headers' | 'secrets'>

const prepared = new WeakMap<Sealed, Prepared>()

const prepare = (webhook: Sealed): Prepared => {
  const known = prepared.get(webhook)
  if (known !== undefined) return known
  const shown = (value: string, secret: boolean): string => (secret ? HIDDEN : value)
  const headers = Object.fromEntries(webhook.headers.map(({ name, value }) => [name.toLowerCase(), value]))
  const made = {
    headers,
    shownHeaders: webhook.headers.some(({ secret }) => secret)
      ? Object.fromEntries(webhook.headers.map(({ name, value, secret }) => [name.toLowerCase(), shown(value, secret)]))
      : headers,
    keys: webhook.secrets.map(({ secret, validUntil }) => ({ key: signingKey(secret), validUntil })),
  }
  prepared.set(webhook, made)
  return made
}

/** `now`: milliseconds since the epoch. */
export const messageOf = (
  webhook: Sealed,
  seen: SeenEvent,
  { now, userAgent }: { readonly now: number; readonly userAgent: string },
): Message => {
  const { headers, shownHeaders, keys } = prepare(webhook)
  const body = JSON.stringify(cloudEventOf(seen))
  const signing = keys.filter(({ validUntil }) => validUntil === undefined || validUntil > now)
  const signed = signatureHeaders(
    { id: seen.event.id, at: now, body },
    signing.map(({ key }) => key),
  )
  const around = (added: Readonly<Record<string, string>>): Record<string, string> => ({
    'user-agent': userAgent,
    ...added,
    'content-type': CONTENT_TYPE,
    ...signed,
  })
  const sent = around(headers)
  return { headers: sent, shownHeaders: shownHeaders === headers ? sent : around(shownHeaders), body }
}
