import { DomainError } from '../domain/errors.ts'
import { builder } from './builder.ts'
import { enumOf } from './enums.ts'

/** As much of JSON Schema as the inputs of commands use. */
export interface InputSchema {
  readonly type?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, InputSchema>>
  readonly required?: readonly string[]
  readonly items?: InputSchema
  readonly patternProperties?: Readonly<Record<string, InputSchema>>
  readonly description?: string
}

/** A type of the GraphQL schema, and how its values become what the command takes. */
interface Input {
  readonly type: InputType | readonly [InputType]
  readonly read: (value: unknown) => unknown
}

// Pothos types what is written down; these types are made from schemas, and stand for any input type
type InputType = 'String'

const asIs = (value: unknown): unknown => value

const scalar = (type: 'String' | 'Boolean' | 'Float' | 'Long' | 'JSON'): Input => ({
  type: type as InputType,
  read: asIs,
})

const PropertyInput = builder.inputType('PropertyInput', {
  description: 'A key and its value.',
  fields: (t) => ({ key: t.string({ required: true }), value: t.string({ required: true }) }),
})

/** GraphQL has no maps: keys and values are a list, in which no key may stand twice. */
const properties: Input = {
  type: [PropertyInput as unknown as InputType],
  read: (value) => {
    const entries = (value as readonly { key: string; value: string }[]).map(
      (entry) => [entry.key, entry.value] as const,
    )
    const keys = new Set(entries.map(([key]) => key))
    if (keys.size < entries.length) throw new DomainError('invalid-input', 'A property is named twice.')
    return Object.fromEntries(entries)
  },
}

const list = (items: InputSchema, name: string): Input => {
  const { type, read } = inputOf(items, name)
  if (Array.isArray(type)) return scalar('JSON')
  return { type: [type as InputType], read: (value) => (value as readonly unknown[]).map(read) }
}

const object = ({ properties: fields = {}, required = [], description }: InputSchema, name: string): Input => {
  const inputs = Object.entries(fields).map(([field, schema]) => ({
    field,
    schema,
    required: required.includes(field),
    ...inputOf(schema, `${name.replace(/Input$/, '')}${field.charAt(0).toUpperCase()}${field.slice(1)}`),
  }))
  const ref = builder.inputType(name.endsWith('Input') ? name : `${name}Input`, {
    ...(description === undefined ? {} : { description }),
    fields: (t) =>
      Object.fromEntries(
        inputs.map((input) => [
          input.field,
          t.field({
            type: input.type as InputType,
            required: input.required,
            ...(input.schema.description === undefined ? {} : { description: input.schema.description }),
          }),
        ]),
      ),
  })
  return {
    type: ref as unknown as InputType,
    // null is how GraphQL clients leave an optional field out
    read: (value) =>
      Object.fromEntries(
        inputs.flatMap(({ field, read }) => {
          const given = (value as Readonly<Record<string, unknown>>)[field]
          return given === null || given === undefined ? [] : [[field, read(given)]]
        }),
      ),
  }
}

/** The GraphQL input type for a schema. Whether a value is valid is told by the command, as everywhere. */
export const inputOf = (schema: InputSchema, name: string): Input => {
  const { type, enum: values, items, patternProperties } = schema
  if (values !== undefined) return { type: enumOf(values, name) as unknown as InputType, read: asIs }
  if (type === 'string') return scalar('String')
  if (type === 'boolean') return scalar('Boolean')
  if (type === 'integer') return scalar('Long')
  if (type === 'number') return scalar('Float')
  if (type === 'array' && items !== undefined) return list(items, name)
  if (type === 'object' && schema.properties !== undefined) return object(schema, name)
  const [keyed] = Object.values(patternProperties ?? {})
  return keyed?.type === 'string' ? properties : scalar('JSON')
}
