import { Type, type TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { Closed, FORMATS, OneOf, Optional } from '../domain/names.ts'
import { builder } from './builder.ts'
import { inputOf } from './command-input.ts'
import { isInputObjectType } from './graphql-js.ts'

const schema = Closed({
  name: Type.String({ description: 'what it is called' }),
  count: Optional(Type.Integer()),
  ratio: Optional(Type.Number()),
  on: Optional(Type.Boolean()),
  format: OneOf(FORMATS),
  mode: Optional(OneOf(['read-only', 'full'] as const)),
  members: Optional(Type.Array(Type.String())),
  upstream: Optional(Closed({ url: Type.String(), password: Optional(Type.String()) })),
  headers: Optional(Type.Record(Type.String(), Type.String())),
  weights: Optional(Type.Record(Type.String(), Type.Number())),
})

const { read } = inputOf(schema as TSchema, 'ExampleInput')

describe('a field of a command', () => {
  it('has the type that its schema says', () => {
    const type = builder.toSchema().getType('ExampleInput')
    if (!isInputObjectType(type)) throw new Error('no input type')
    const fields = Object.values(type.getFields())
    expect(Object.fromEntries(fields.map((field) => [field.name, String(field.type)]))).toEqual({
      name: 'String!',
      count: 'Long',
      ratio: 'Float',
      on: 'Boolean',
      format: 'Format!',
      mode: 'ExampleMode',
      members: '[String!]',
      upstream: 'ExampleUpstreamInput',
      headers: '[PropertyInput!]',
      weights: 'JSON',
    })
    expect(type.getFields().name?.description).toBe('what it is called')
  })

  it('reaches the command as its schema wants it: maps as maps, and left out what is null', () => {
    const given = {
      name: 'a',
      count: null,
      format: 'npm',
      upstream: { url: 'https://example.org', password: null },
      headers: [{ key: '__proto__', value: 'x' }],
    }
    const taken = read(given) as Record<string, unknown>
    expect(Object.keys(taken)).toEqual(['name', 'format', 'upstream', 'headers'])
    expect(taken.upstream).toEqual({ url: 'https://example.org' })
    expect(Object.entries(taken.headers as object)).toEqual([['__proto__', 'x']])
  })

  it('of keys and values is refused when a key stands twice', () => {
    const twice = [
      { key: 'a', value: '1' },
      { key: 'a', value: '2' },
    ]
    expect(() => read({ name: 'a', format: 'npm', headers: twice })).toThrow(/named twice/)
  })
})
