import { Type } from 'typebox'
import { allows, type Principal } from '../../domain/access/authorise.ts'
import { resourceOf, type Scope } from '../../domain/access/scope.ts'
import { DomainError } from '../../domain/errors.ts'
import { noSuchWebhook, subscription } from '../../domain/webhooks/subscription/subscription.ts'
import { webhookStream } from '../../domain/webhooks/subscription/events.ts'
import type { CommandDependencies, Permission } from '../command.ts'

/** The input field that names a webhook. */
export const webhookInput = { id: Type.String({ minLength: 1, maxLength: 64 }) } as const

/**
 * A webhook is changed by those who manage its scope. To everybody who may not even read there it is as if it did not exist,
 * without naming the place.
 */
export const onWebhook = async (
  { id }: { readonly id: string },
  principal: Principal | undefined,
  { folds, denied }: CommandDependencies,
): Promise<Permission> => {
  const { state } = await folds.load(webhookStream(id), subscription)
  if (state.status === 'absent') throw noSuchWebhook()
  const resource = resourceOf(state.scope)
  if (principal === undefined || allows(principal, 'manage', resource) || allows(principal, 'read', resource))
    return { action: 'manage', resource }
  denied(principal, 'manage', resource)
  throw noSuchWebhook()
}

/**
 * A webhook tells what the account may read. A token that is limited to less must not get around its limits by one.
 * @throws {DomainError} `forbidden`
 */
export const requireFullSight = (principal: Principal, scope: Scope): void => {
  const resource = resourceOf(scope)
  if (allows(principal, 'read', resource) && allows(principal, 'audit', resource)) return
  throw new DomainError(
    'forbidden',
    'A webhook delivers whatever its creator may read and audit there, and the token you sign in with may not.',
  )
}
