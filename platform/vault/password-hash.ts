import { hash, verify } from '@node-rs/argon2'
import { gateOf } from './hash-gate.ts'

/** argon2id, the package's default algorithm, with what OWASP's Password Storage Cheat Sheet asks for. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const

/**
 * For the whole process: a hash takes 19 MiB and a thread of the pool that file access needs too, so that a flood of
 * sign-ins must not take them all.
 */
const gate = gateOf(2, 64)

/** The same password typed on two systems may differ in its Unicode form (RFC 8265 section 4.2 takes NFC too). */
const bytesOf = (password: string): Uint8Array => Buffer.from(password.normalize('NFC'))

/** In PHC form. Throws `unavailable` while too many wait. */
export const hashPassword = (password: string): Promise<string> => gate(() => hash(bytesOf(password), PARAMETERS))

/** Throws `unavailable` while too many wait. */
export const verifyPassword = (passwordHash: string, password: string): Promise<boolean> =>
  gate(() => verify(passwordHash, bytesOf(password)))
