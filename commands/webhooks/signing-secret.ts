import { randomBytes } from 'node:crypto'

const SECRET_BYTES = 32

/** How long deliveries are signed with the secret before the newest too. */
export const BOTH_SIGN_MILLISECONDS = 24 * 60 * 60 * 1000

/** In the form of Standard Webhooks 1.0.0: 24 to 64 random bytes in base64. */
export const newSigningSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`
