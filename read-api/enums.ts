import { ACTIONS, ROLES } from '../domain/access/authorise.ts'
import { FORMATS } from '../domain/names.ts'
import { KINDS } from '../domain/registry/repository/events.ts'
import { builder } from './builder.ts'

/** `read-history` as GraphQL may have it: READ_HISTORY. */
const enumName = (value: string): string => value.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase()

const make = <const T extends readonly string[]>(name: string, values: T, description?: string) =>
  builder.enumType(name, {
    ...(description === undefined ? {} : { description }),
    values: Object.fromEntries(values.map((value) => [enumName(value), { value }])) as {
      [K in T[number] as Uppercase<K>]: { value: K }
    },
  })

export const FormatEnum = make('Format', FORMATS, 'The protocol that a repository speaks.')
export const RepositoryKindEnum = make('RepositoryKind', KINDS)
export const RoleEnum = make('Role', ROLES)
export const ActionEnum = make('Action', ACTIONS)
export const AccountKindEnum = make('AccountKind', ['human', 'service'] as const)
export const ActorKindEnum = make('ActorKind', ['human', 'service', 'system'] as const)
export const AccountStatusEnum = make('AccountStatus', ['active', 'disabled'] as const)
export const WebhookStateEnum = make(
  'WebhookState',
  ['active', 'inactive', 'paused'] as const,
  'INACTIVE: as its managers want it. PAUSED: by Waybill, because deliveries failed.',
)
export const OrderEnum = make('Order', ['asc', 'desc'] as const, 'ASC: oldest first. DESC: newest first.')

const known = new Map(
  [
    [FORMATS, FormatEnum],
    [KINDS, RepositoryKindEnum],
    [ROLES, RoleEnum],
    [ACTIONS, ActionEnum],
    [['human', 'service'], AccountKindEnum],
  ].map(([values, ref]) => [JSON.stringify(values), ref as typeof FormatEnum]),
)

/** The enum of these values: the one that the schema has already, or a new one of that name. */
export const enumOf = (values: readonly string[], name: string): typeof FormatEnum => {
  const key = JSON.stringify(values)
  const ref = known.get(key) ?? (make(name, values) as unknown as typeof FormatEnum)
  known.set(key, ref)
  return ref
}
