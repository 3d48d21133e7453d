import { createHash, randomBytes, randomUUID } from 'node:crypto'

/** A fresh random id (UUIDv4). */
export const newId = (): string => randomUUID()

/** A secret of 256 random bits behind a prefix that secret scanners can recognise, e.g. `wbt_…`. */
export const newSecret = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

const NAMESPACE = Buffer.from('5f0c7ab06bd1459db3b6a1c49dd6f8b1', 'hex')

/**
 * The id that a name always leads to (UUIDv5, RFC 9562 section 5.5, in Waybill's own namespace). Event ids and the ids of
 * new things derive from the command's id, so that a repeated command names the same events.
 */
export const derivedId = (...name: readonly (string | number)[]): string => {
  const bytes = createHash('sha1').update(NAMESPACE).update(JSON.stringify(name)).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
