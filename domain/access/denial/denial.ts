import { Type } from 'typebox'
import { eventType, type EventOf } from '../../event-type.ts'
import { Closed, OneOf, Optional } from '../../names.ts'
import { streamOfId } from '../../stream-names.ts'
import { ACTIONS } from '../authorise.ts'

export const AccessDenied = eventType(
  'AccessDenied',
  'An authenticated actor was refused an action on a resource, `count` times within one minute.',
  Closed({
    accountId: Type.String(),
    action: OneOf(ACTIONS),
    project: Optional(Type.String()),
    repository: Optional(Type.String()),
    name: Optional(Type.String()),
    minute: Type.String({ description: 'start of the minute, RFC 3339' }),
    count: Type.Integer({ minimum: 1 }),
  }),
)

export type DenialEvent = EventOf<typeof AccessDenied>

/** One stream per account: denials of one actor are read together. */
export const denialStream = (accountId: string): string => streamOfId('denial', accountId)
