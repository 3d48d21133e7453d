/** The part of JSON Schema that events and commands use. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly enum?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

export const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  number: 'number',
  boolean: '`true` or `false`',
  object: 'object',
}

const typeOf = (schema: Schema): string => {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(' or ')
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`
  if (schema.patternProperties !== undefined)
    return Object.values(schema.patternProperties).every(({ type }) => type === 'string') ? 'object of texts' : 'object'
  const name = NAMES[schema.type ?? '']
  if (name === undefined) throw new Error(`a schema of the type ${schema.type} has no words yet`)
  return name
}

const limitsOf = ({ maxLength, minItems, maxItems, maxProperties }: Schema): string[] => [
  ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
  ...(minItems === undefined ? [] : [`at least ${minItems}`]),
  ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
  ...(maxProperties === undefined ? [] : [`at most ${maxProperties} keys`]),
]

const notesOf = (schema: Schema): string =>
  [schema.description ?? schema.items?.description, ...limitsOf(schema)]
    .filter((note) => note !== undefined && note !== '')
    .join('; ')

const rowsOf = ({ properties = {}, required = [] }: Schema, prefix = ''): string[] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`
    const own = row([`\`${path}\``, typeOf(schema), required.includes(name) ? 'yes' : '', notesOf(schema)])
    const inner = schema.items ?? schema
    const below = inner.properties === undefined ? [] : rowsOf(inner, `${path}${schema.items ? '[]' : ''}.`)
    return [own, ...below]
  })

/** The fields of an object as a table (Markdown); fields of objects inside it follow their parent. */
export const fieldTable = (schema: Schema, present: 'Always' | 'Required'): string => {
  const rows = rowsOf(schema)
  if (rows.length === 0) return 'No fields.'
  return [row(['Field', 'Type', present, 'Meaning']), row(['---', '---', '---', '---']), ...rows].join('\n')
}
