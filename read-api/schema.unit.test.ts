import { isInputObjectType, isObjectType } from './graphql-js.ts'
import { expect, it } from 'vitest'
import { CATALOGUE } from '../commands/catalogue.ts'
import { schema, schemaText } from './schema.ts'

it('is the one that schema.graphql shows', async () => {
  const text = schemaText()
  expect(text).toContain('type PackageVersion implements Node')
  await expect(text).toMatchFileSnapshot('schema.graphql')
})

it('has one mutation for each public command, and none for those that only protocols send', () => {
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {})
  const names = CATALOGUE.filter(({ internal }) => internal !== true).map(
    ({ name }) => name.charAt(0).toLowerCase() + name.slice(1),
  )
  expect(mutations.toSorted()).toEqual(names.toSorted())
  expect(CATALOGUE.some(({ internal }) => internal === true)).toBe(true)
})

it('takes the fields of a command as its schema has them', () => {
  expect(fieldsOf('SetFilePropertiesInput')).toEqual({
    path: 'String!',
    project: 'String!',
    properties: '[PropertyInput!]!',
    repository: 'String!',
  })
  expect(fieldsOf('CreateTokenInput')).toMatchObject({ name: 'String!', actions: '[Action!]', expiresAt: 'String' })
  expect(fieldsOf('CreateRepositoryInput')).toMatchObject({
    format: 'Format!',
    kind: 'RepositoryKind!',
    public: 'Boolean',
  })
  expect(fieldsOf('CreateTokenPayload')).toEqual({ id: 'String', position: 'Position!', token: 'String' })
})

it('counts nothing that a viewer may not see: no list has a total', () => {
  const connections = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && type.name.endsWith('Connection'),
  )
  expect(connections.length).toBeGreaterThan(5)
  for (const type of connections)
    expect(Object.keys(fieldsOf(type.name)).toSorted()).toEqual(['edges', 'nodes', 'pageInfo'])
})

const fieldsOf = (name: string): Record<string, string> => {
  const type = schema.getType(name)
  if (!isObjectType(type) && !isInputObjectType(type)) throw new Error(`no type ${name} with fields`)
  const fields: readonly { readonly name: string; readonly type: unknown }[] = Object.values(type.getFields())
  return Object.fromEntries(fields.map((field) => [field.name, String(field.type)]))
}
