import type { Principal } from '../../domain/access/authorise.ts'
import type { Permission } from '../command.ts'

export const MANAGE_SYSTEM: Permission = { action: 'manage', resource: {} }

/** Needs no role. The handler still checks that the thing is the caller's own. */
const OWN: Permission = { action: 'read', resource: {}, open: true }

/** For things of an account: its owner may, and whoever manages the system. */
export const ownOrManaged = (principal: Principal | undefined, ownerId: string | undefined): Permission =>
  principal !== undefined && principal.accountId === ownerId ? OWN : MANAGE_SYSTEM
