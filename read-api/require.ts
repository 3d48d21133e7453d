import { authorise, type Action, type Principal, type Resource } from '../domain/access/authorise.ts'
import { DomainError } from '../domain/errors.ts'
import type { Context } from './context.ts'

/** @throws {DomainError} `unauthenticated` */
export const requireSignedIn = ({ principal }: Context, what: string): Principal => {
  if (principal === undefined) throw new DomainError('unauthenticated', `Credentials are needed for ${what}.`)
  return principal
}

/**
 * Refuses, and counts the refusal of somebody who is signed in.
 * @throws {DomainError} `unauthenticated` | `not-found` | `forbidden`
 */
export const requireAction = ({ api, principal }: Context, action: Action, resource: Resource): void => {
  try {
    authorise(principal, action, resource)
  } catch (error) {
    if (principal !== undefined) api.denied(principal, action, resource)
    throw error
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The account id that a login or an id stands for; a text that is neither stands for itself (a part of Waybill). */
export const accountIdFor = async ({ api }: Context, loginOrId: string): Promise<string> => {
  // ids first: somebody could choose another's id as their login
  if (UUID.test(loginOrId) && (await api.vault.accounts.byId(loginOrId)) !== undefined) return loginOrId
  return (await api.vault.accounts.byLogin(loginOrId))?.accountId ?? loginOrId
}
