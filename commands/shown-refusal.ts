import { asRefusal, type DomainError } from '../domain/errors.ts'
import { failureOf } from '../platform/database/failures.ts'
import { PlatformError } from '../platform/platform-error.ts'

/** Failures of a query that says nothing wrong: the server is away, or too busy for it. */
const withoutDatabase = (error: unknown): unknown => {
  const failure = failureOf(error)
  if (failure !== 'not-done' && failure !== 'lost') return error
  return new PlatformError('unavailable', 'the database cannot be reached, or is too busy', { cause: error })
}

/** The refusal that every edge shows for any thrown value; see `asRefusal`. */
export const shownRefusal = (error: unknown): DomainError => {
  const refusal = asRefusal(error)
  return refusal.code === 'internal' ? asRefusal(withoutDatabase(error)) : refusal
}
