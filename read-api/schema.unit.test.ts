import { readFileSync } from 'node:fs'
import { isObjectType } from './graphql-js.ts'
import { expect, it } from 'vitest'
import { CATALOGUE } from '../commands/catalogue.ts'
import { sdl } from './print-schema.ts'
import { schema } from './schema.ts'

it('is the one that schema.graphql shows: run `npm run schema` after a change, and look at the difference', () => {
  expect(sdl()).toBe(readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8'))
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
  const input = (name: string) => String(schema.getType(name)?.astNode ?? JSON.stringify(fieldsOf(name)))
  expect(input('SetFilePropertiesInput')).toBe(
    JSON.stringify({ path: 'String!', project: 'String!', properties: '[PropertyInput!]!', repository: 'String!' }),
  )
  expect(fieldsOf('CreateTokenInput')).toMatchObject({ name: 'String!', actions: '[Action!]', expiresAt: 'String' })
  expect(fieldsOf('CreateRepositoryInput')).toMatchObject({ format: 'Format!', kind: 'RepositoryKind!', public: 'Boolean' })
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
  if (type === undefined || !('getFields' in type)) throw new Error(`no type ${name} with fields`)
  return Object.fromEntries(
    Object.values(type.getFields())
      .map((field) => [field.name, String(field.type)] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )
}
