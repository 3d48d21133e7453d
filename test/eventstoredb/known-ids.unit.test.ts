import { expect, it } from 'vitest'
import { KnownIds } from './known-ids.ts'

const STREAM = 'packageVersion-0123456789abcdef0123456789abcdef'

it('knows an id after 2,000 others, and no more after 120,000', () => {
  const known = new KnownIds()
  known.add('first', { stream: STREAM, revision: 0 })
  for (let index = 0; index < 2_000; index += 1) known.add(`a${index}`, { stream: STREAM, revision: index + 1 })
  expect(known.get('first')).toEqual({ stream: STREAM, revision: 0 })

  for (let index = 0; index < 120_000; index += 1) known.add(`b${index}`, { stream: STREAM, revision: index + 1 })
  expect(known.get('first')).toBeUndefined()
  expect(known.get('b119999')).toBeDefined()
})

it('keeps the first entry of an id', () => {
  const known = new KnownIds()
  known.add('same', { stream: 'a-1', revision: 0 })
  known.add('same', { stream: 'b-1', revision: 7 })

  expect(known.get('same')).toEqual({ stream: 'a-1', revision: 0 })
})
