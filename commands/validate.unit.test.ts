import { Type } from 'typebox'
import { expect, it } from 'vitest'
import { isDomainError } from '../domain/errors.ts'
import { Closed, Name, OneOf, Optional } from '../domain/names.ts'
import { validate } from './validate.ts'

const schema = Closed({
  name: Name,
  size: Optional(Type.Integer({ minimum: 0 })),
  open: Optional(Type.Boolean()),
  color: Optional(OneOf(['red', 'green'])),
  either: Optional(Type.Union([Type.Literal('all'), Type.Array(Type.String({ minLength: 1 }))])),
  nested: Optional(Closed({ list: Type.Array(Closed({ text: Type.String({ maxLength: 3 }) })) })),
  properties: Optional(Type.Record(Type.String(), Type.String())),
})

const reason = (input: unknown): string => {
  try {
    validate(schema, input)
  } catch (error) {
    if (isDomainError(error) && error.code === 'invalid-input') return error.message
    throw error
  }
  throw new Error('the input was taken')
}

it('gives the very input that it was given', () => {
  const input = { name: 'a', size: 0, nested: { list: [{ text: 'abc' }] } }
  expect(validate(schema, input)).toBe(input)
})

it.each([
  ['a number in words', { name: 'a', size: '1' }, 'size must be integer'],
  ['a number that is a word', { name: 1 }, 'name must be string'],
  ['a word for yes', { name: 'a', open: 'true' }, 'open must be boolean'],
  ['nothing for something', { name: 'a', open: null }, 'open must be boolean'],
  ['half a number', { name: 'a', size: 1.5 }, 'size must be integer'],
  ['no object at all', 'a', 'the input must be object'],
  ['nothing', undefined, 'the input must be object'],
  ['a list', [], 'the input must'],
])('does not make something of %s', (_, input, expected) => expect(reason(input)).toContain(expected))

it('names a field that is missing, and one that is too much', () => {
  expect(reason({})).toMatch(/required.*\(name\)/)
  expect(reason({ name: 'a', colour: 'red' })).toContain('colour')
})

it('names fields inside others, and the words that may be said', () => {
  expect(reason({ name: 'a', nested: { list: [{ text: 'abc' }, { text: 'abcd' }] } })).toContain('nested.list.1.text')
  expect(reason({ name: 'a', color: 'blue' })).toMatch(/color .*\(red, green\)/)
  expect(reason({ name: 'a', either: [''] })).toContain('either')
})

it('says what is wrong in one bounded sentence', () => {
  const list = Array.from({ length: 100 }, () => ({ text: 'much too long' }))
  const text = reason({ name: 'a', nested: { list } })
  expect(text).toMatch(/\.$/)
  expect(text.length).toBeLessThan(600)
})

it.each([
  ['a field', { name: 'a', nested: { list: [{ text: 'a\0' }] } }, 'nested.list.0.text holds a NUL'],
  ['the name of a property', { name: 'a', properties: { 'a\0': 'b' } }, 'a field name in properties holds a NUL'],
  ['the value of a property', { name: 'a', properties: { a: '\0' } }, 'properties.a holds a NUL'],
  ['half a character', { name: 'a', properties: { a: 'x\ud83d' } }, 'properties.a holds half of a surrogate pair'],
])('refuses NUL and halves of characters, which no table can hold: %s', (_, input, expected) =>
  expect(reason(input)).toContain(expected),
)

it('takes every other character', () => {
  const properties = { a: '\u0001\ufffd😀\uffff', é: '' }
  expect(validate(schema, { name: 'a', properties })).toMatchObject({ properties })
})
