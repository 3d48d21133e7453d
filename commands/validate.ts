import { Compile, type Validator } from 'typebox/compile'
import type { Static, TSchema } from 'typebox'
import { DomainError } from '../domain/errors.ts'

const compiled = new WeakMap<TSchema, Validator>()

const validatorOf = (schema: TSchema): Validator => {
  let validator = compiled.get(schema)
  if (validator === undefined) {
    validator = Compile(schema)
    compiled.set(schema, validator)
  }
  return validator
}

/**
 * The input, unchanged, when the schema accepts it: nothing is coerced, filled in or dropped.
 * @throws {DomainError} `invalid-input`, naming each field and what is wrong with it
 */
export const validate = <Schema extends TSchema>(schema: Schema, input: unknown): Static<Schema> => {
  const validator = validatorOf(schema)
  if (validator.Check(input)) return input as Static<Schema>
  const reasons = new Set<string>()
  for (const { instancePath, keyword, message, params } of validator.Errors(input)) {
    if (keyword === 'boolean') continue
    const field = instancePath === '' ? 'the input' : instancePath.slice(1).replaceAll('/', '.')
    const names = Object.values(params as Record<string, unknown>)
      .flat()
      .filter((name) => typeof name === 'string')
    const named = ['required', 'additionalProperties', 'enum'].includes(keyword) ? ` (${names.join(', ')})` : ''
    reasons.add(`${field} ${message}${named}`)
    if (reasons.size === 8) break
  }
  throw new DomainError('invalid-input', [...reasons].join('; ') + '.')
}
