import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** Before the base64 of a signing secret (Standard Webhooks 1.0.0, "Signature scheme"). */
export const SECRET_PREFIX = 'whsec_'

/** Bytes of a signing secret, as Standard Webhooks bounds them. */
const LEAST_BYTES = 24
const MOST_BYTES = 64

/** The bytes that `whsec_<base64>` stands for. Throws for a text that is no secret, which it does not repeat. */
export const secretBytes = (secret: string): Buffer => {
  const bytes = Buffer.from(secret.startsWith(SECRET_PREFIX) ? secret.slice(SECRET_PREFIX.length) : '', 'base64')
  if (bytes.length < LEAST_BYTES || bytes.length > MOST_BYTES)
    throw new Error(`a signing secret is ${SECRET_PREFIX} and the base64 of ${LEAST_BYTES} to ${MOST_BYTES} bytes`)
  return bytes
}

/** A secret as it signs. To make it takes several times as long as to sign with it. */
export const signingKey = (secret: string): KeyObject => createSecretKey(secretBytes(secret))

export interface SignedMessage {
  /** The event's id: the same for every try, so that a receiver recognises what it has. */
  readonly id: string
  /** Milliseconds since the epoch; receivers refuse what is more than five minutes off. */
  readonly at: number
  readonly body: string | Uint8Array
}

/**
 * The headers of Standard Webhooks 1.0.0 for a message: one signature for each key, separated by spaces, so that a receiver
 * verifies with the old secret or the new one while they are rotated.
 */
export const signatureHeaders = (
  { id, at, body }: SignedMessage,
  keys: readonly KeyObject[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> => {
  const timestamp = String(Math.floor(at / 1000))
  const signatures = keys.map((key) => {
    const hmac = createHmac('sha256', key)
    if (typeof body === 'string') hmac.update(`${id}.${timestamp}.${body}`)
    else hmac.update(`${id}.${timestamp}.`).update(body)
    return `v1,${hmac.digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
