import { Type } from 'typebox'

/** Event types, each by its name or by how it begins; more than these are written as one pattern. */
export const EventPatterns = Type.Array(
  Type.String({ pattern: '^([A-Za-z]{1,100}\\*?|\\*)$', description: 'PackageVersionPublished, Package* or *' }),
  { minItems: 1, maxItems: 100 },
)

/** Types that tell of deliveries: a webhook that delivered them would cause the next ones. */
export const NEVER_DELIVERED: ReadonlySet<string> = new Set(['WebhookEventsDelivered', 'WebhookDeliveryGivenUp'])

export const matchesPattern = (pattern: string, type: string): boolean =>
  pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern

/** Whether a webhook with these patterns (undefined: all) delivers events of the type, as far as types go. */
export const wantsType = (patterns: readonly string[] | undefined, type: string): boolean =>
  !NEVER_DELIVERED.has(type) && (patterns === undefined || patterns.some((pattern) => matchesPattern(pattern, type)))
