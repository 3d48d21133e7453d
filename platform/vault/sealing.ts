import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { PlatformError } from '../platform-error.ts'

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const KEY_ID_BYTES = 8
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** What is sealed, and the id of the key that opens it. */
export interface Sealed {
  readonly keyId: string
  /** Nonce, cipher text, tag. */
  readonly bytes: Uint8Array
}

/** Encrypts what the vault keeps. `about` says of what it is the secret: moved to another row it does not open. */
export interface Sealing {
  seal(text: string, about: string): Sealed
  /** @throws {PlatformError} `unavailable`: sealed with another key, or not as it was sealed */
  open(sealed: Sealed, about: string): string
}

const derived = (secretKey: Uint8Array, purpose: string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', secretKey, '', `waybill vault ${purpose}`, length))

/**
 * AES-256-GCM under a key derived from WAYBILL_SECRET_KEY. The key id is derived from it too, so that the key of a row is
 * known without trying. Nonces are random: a key may seal 2^32 times, which no vault comes near.
 */
export const sealingWith = (secretKey: Uint8Array): Sealing => {
  const key = derived(secretKey, 'sealing', KEY_BYTES)
  const keyId = derived(secretKey, 'key id', KEY_ID_BYTES).toString('hex')

  return {
    seal(text, about) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(about))
      const bytes = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return { keyId, bytes }
    },

    open({ keyId: sealedWith, bytes }, about) {
      if (sealedWith !== keyId)
        throw new PlatformError(
          'unavailable',
          `${about} is sealed with another secret key (${sealedWith}) than WAYBILL_SECRET_KEY is now (${keyId}): restore ` +
            'that key, or delete it and create it again',
        )
      const end = bytes.length - TAG_BYTES
      try {
        const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(end))
        return decipher.update(bytes.subarray(NONCE_BYTES, end), undefined, 'utf8') + decipher.final('utf8')
      } catch (error) {
        throw new PlatformError(
          'unavailable',
          `${about} was changed in the database and does not open: restore the vault from a backup`,
          { cause: error },
        )
      }
    },
  }
}

/** For a process that was given no secret key, because nothing that it does needs what is sealed. */
export const noSealing: Sealing = {
  seal: () => {
    throw new Error('this process was opened without the secret key')
  },
  open: () => {
    throw new Error('this process was opened without the secret key')
  },
}
