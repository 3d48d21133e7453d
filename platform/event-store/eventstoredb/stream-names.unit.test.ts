import { expect, it } from 'vitest'
import { streamNames } from './stream-names.ts'

it('puts the prefix before names, and takes it away again', () => {
  const names = streamNames('acme.')
  expect(names.stored('tag-1')).toBe('acme.tag-1')
  expect(names.named('acme.tag-1')).toBe('tag-1')
})

it('knows its own streams by the prefix', () => {
  const { ours } = streamNames('acme.')
  const streams = ['acme.tag-1', 'acmetag-1', 'tag-1', '$ce-acme', '$$acme.tag-1']
  expect(streams.filter(ours)).toEqual(['acme.tag-1'])
})

it('takes every stream but those of the server without a prefix, or those that it is told', () => {
  expect(['tag-1', '$$tag-1', '$ce-tag'].map(streamNames().ours)).toEqual([true, false, false])
  expect(streamNames('', (stream) => stream === 'a-1').ours('b-1')).toBe(false)
})

it.each(['$acme', 'acme-', 'a b', '-', 'acme\0', 'acme\ud800'])('refuses %j as a prefix', (prefix) => {
  expect(() => streamNames(prefix)).toThrow(RangeError)
})
