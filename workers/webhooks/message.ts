import { CLOUD_EVENT_CONTENT_TYPE, cloudEventOf } from '../../domain/live/cloud-event.ts'
import type { SeenEvent } from '../../domain/live/event-sight.ts'
import type { VaultWebhook } from '../../platform/vault/vault.ts'
import { signatureHeaders } from './signature.ts'

/** A delivery as it is sent, and its headers as they may be shown. */
export interface Message {
  readonly headers: Readonly<Record<string, string>>
  readonly shownHeaders: Readonly<Record<string, string>>
  readonly body: string
}

const HIDDEN = '[hidden]'

/** The names of charsets are the same in either case, but the SDK of CloudEvents for JavaScript compares the text. */
const CONTENT_TYPE = CLOUD_EVENT_CONTENT_TYPE.toLowerCase()

/** `now`: milliseconds since the epoch. */
export const messageOf = (
  { headers: added, secrets }: Pick<VaultWebhook, 'headers' | 'secrets'>,
  seen: SeenEvent,
  { now, userAgent }: { readonly now: number; readonly userAgent: string },
): Message => {
  const body = JSON.stringify(cloudEventOf(seen))
  const signing = secrets.filter(({ validUntil }) => validUntil === undefined || validUntil > now)
  const signed = signatureHeaders(
    { id: seen.event.id, at: now, body },
    signing.map(({ secret }) => secret),
  )
  const headersWith = (shown: (value: string, secret: boolean) => string): Record<string, string> => ({
    'user-agent': userAgent,
    ...Object.fromEntries(added.map(({ name, value, secret }) => [name.toLowerCase(), shown(value, secret)])),
    'content-type': CONTENT_TYPE,
    ...signed,
  })
  return {
    headers: headersWith((value) => value),
    shownHeaders: headersWith((value, secret) => (secret ? HIDDEN : value)),
    body,
  }
}
