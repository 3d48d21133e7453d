import { describe, expect, it } from 'vitest'
import { scenarios } from '../../../test/given.ts'
import type { FileEvent } from './events.ts'
import { file, type FileCommand } from './file.ts'

const given = scenarios(file)
const at = { repositoryId: 'r', project: 'main', repository: 'files', path: 'a/b' }
const content = (digit: string) => ({
  size: 1,
  md5: digit,
  sha1: digit,
  sha256: digit.repeat(64),
  sha512: digit,
  contentType: 'text/plain',
})
const stored = (digit: string, properties = {}): FileEvent => ({
  type: 'FileStored',
  data: { ...at, ...content(digit), properties },
})
const store = (digit: string, more: Partial<Extract<FileCommand, { type: 'StoreFile' }>> = {}): FileCommand => ({
  type: 'StoreFile',
  at,
  content: content(digit),
  properties: {},
  overwrite: false,
  ...more,
})
const deleted: FileEvent = { type: 'FileDeleted', data: at }

describe('storing', () => {
  it('makes a file, also where one was deleted', () => {
    given().when(store('a')).then(stored('a'))
    given(stored('a'), deleted)
      .when(store('b', { createOnly: true }))
      .then(stored('b'))
  })

  it('replaces one only where that is allowed', () => {
    given(stored('a')).when(store('b')).thenRefused('already-exists')
    given(stored('a'))
      .when(store('b', { overwrite: true }))
      .then(stored('b'))
  })

  it('holds to what the caller saw', () => {
    given(stored('a'))
      .when(store('b', { overwrite: true, createOnly: true }))
      .thenRefused('precondition-failed')
    const onlyIf = 'a'.repeat(64)
    given(stored('a'))
      .when(store('b', { overwrite: true, onlyIf }))
      .then(stored('b'))
    given(stored('a')).when(store('b', { onlyIf })).thenRefused('already-exists')
    given(stored('c'))
      .when(store('b', { overwrite: true, onlyIf }))
      .thenRefused('precondition-failed')
    given(stored('a'), deleted).when(store('b', { onlyIf })).thenRefused('precondition-failed')
  })

  it('says where a copy came from', () => {
    const from = { ...at, path: 'c' }
    given()
      .when(store('a', { from }))
      .then({ type: 'FileStored', data: { ...stored('a').data, from } } as FileEvent)
  })
})

describe('properties', () => {
  const set = (properties: Record<string, string>): FileCommand => ({ type: 'SetFileProperties', at, properties })

  it('are replaced as a whole, once', () => {
    given(stored('a', { x: '1' }))
      .when(set({ y: '2' }))
      .then({ type: 'FilePropertiesSet', data: { ...at, properties: { y: '2' } } })
    given(stored('a', { x: '1' }))
      .when(set({ x: '1' }))
      .thenNothingHappened()
    given().when(set({})).thenRefused('not-found')
  })

  it('go with the file that is replaced', () => {
    const past: FileEvent[] = [stored('a', { x: '1' }), stored('b')]
    expect(past.reduce(file.evolve, file.initialState)).toMatchObject({ properties: {} })
  })
})

describe('deleting', () => {
  it('happens once, to the file that was meant', () => {
    given(stored('a')).when({ type: 'DeleteFile', at }).then(deleted)
    given(stored('a'), deleted).when({ type: 'DeleteFile', at }).thenRefused('not-found')
    given(stored('a'))
      .when({ type: 'DeleteFile', at, onlyIf: 'b'.repeat(64) })
      .thenRefused('precondition-failed')
  })
})
