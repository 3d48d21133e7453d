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

/** Postgres text cannot hold these, and what is replaced for it would be another name: two things would become one there. */
const unstorable = (text: string): string | undefined => {
  if (text.includes('\0')) return 'holds a NUL character'
  return text.isWellFormed() ? undefined : 'holds half of a surrogate pair, which is no character'
}

const badText = (value: unknown, path: readonly string[] = []): string | undefined => {
  if (typeof value === 'string') {
    const reason = unstorable(value)
    return reason === undefined ? undefined : `${path.join('.') || 'the input'} ${reason}`
  }
  if (typeof value !== 'object' || value === null) return undefined
  for (const [name, part] of Object.entries(value)) {
    const reason = unstorable(name)
    if (reason !== undefined) return `a field name in ${path.join('.') || 'the input'} ${reason}`
    const found = badText(part, [...path, name])
    if (found !== undefined) return found
  }
  return undefined
}

/**
 * The input, unchanged, when the schema accepts it: nothing is coerced, filled in or dropped.
 * @throws {DomainError} `invalid-input`, naming each field and what is wrong with it
 */
export const validate = <Schema extends TSchema>(schema: Schema, input: unknown): Static<Schema> => {
  const validator = validatorOf(schema)
  if (validator.Check(input)) {
    const reason = badText(input)
    if (reason === undefined) return input as Static<Schema>
    throw new DomainError('invalid-input', `${reason}.`)
  }
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
