import { createHash, timingSafeEqual } from 'node:crypto'
import { newSecret } from '../../../platform/ids.ts'

/** A random text that a browser holds while somebody signs in; worth nothing by itself. */
const NAME = 'waybill_sign_in'
const COOKIE = new RegExp(`(?:^|;\\s*)${NAME}=(wbb_[\\w-]{43})(?:;|$)`)
const SECONDS = 600

export const sessionIn = (cookies: string | undefined): string | undefined => COOKIE.exec(cookies ?? '')?.[1]

export const newSession = (): string => newSecret('wbb')

/** Not readable by scripts, and never sent with a request that another site causes. `secure`: the page came by HTTPS. */
export const sessionCookie = (session: string, secure: boolean): string =>
  `${NAME}=${session}; Path=/sign-in; Max-Age=${SECONDS}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`

const digest = (session: string, id: string): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(['sign-in form', session, id]))
    .digest()

/** What a form carries: only who holds the session can know it, and it fits one sign-in. */
export const formProof = (session: string, id: string): string => digest(session, id).toString('base64url')

export const isFormProof = (proof: string, session: string, id: string): boolean => {
  const given = Buffer.from(proof, 'base64url')
  const right = digest(session, id)
  return given.length === right.length && timingSafeEqual(given, right)
}
