import { DomainError } from '../../domain/errors.ts'
import { EVENT_TYPES } from '../../domain/event-catalogue.ts'
import { matchesPattern, NEVER_DELIVERED } from '../../domain/webhooks/subscription/event-patterns.ts'
import { nearest } from '../../platform/config/nearest-word.ts'

const DELIVERED = [...EVENT_TYPES.keys()].filter((type) => !NEVER_DELIVERED.has(type))

/** The types, and what they begin with, whole words only: Package, PackageVersion, PackageVersionPublished. */
const BEGINNINGS = [
  ...new Set(
    DELIVERED.flatMap((type) => {
      const words = type.match(/[A-Z][a-z]*/g) ?? []
      return words.map((_, index) => words.slice(0, index + 1).join(''))
    }),
  ),
]

const suggestion = (pattern: string): string =>
  pattern.endsWith('*') ? `${nearest(pattern.slice(0, -1), BEGINNINGS)}*` : `${nearest(pattern, DELIVERED)}`

/**
 * Refuses a pattern that matches no type that is delivered: a mistyped one would wait in silence.
 * @throws {DomainError} `invalid-input`, with the name that was probably meant
 */
export const checkEventFilter = (patterns: readonly string[]): void => {
  for (const pattern of patterns) {
    if (NEVER_DELIVERED.has(pattern))
      throw new DomainError('invalid-input', `events has ${pattern}, which tells of deliveries and is never delivered.`)
    if (!DELIVERED.some((type) => matchesPattern(pattern, type)))
      throw new DomainError(
        'invalid-input',
        `events has ${pattern}, and there is no such event: did you mean ${suggestion(pattern)}?`,
      )
  }
}
