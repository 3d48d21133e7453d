import fc from 'fast-check'
import { expect, it } from 'vitest'
import { opaqueCursors, positionCursors } from './cursor.ts'

it('gives back the key that a cursor was made of, whatever it holds', () => {
  const cursors = opaqueCursors('packages', 2)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
      expect(cursors.keyOf(cursors.cursorOf([one, other]))).toEqual([one, other])
    }),
  )
})

it('refuses the cursor of another list, of another length and of nobody', () => {
  const cursors = opaqueCursors('packages', 1)
  const foreign = [
    opaqueCursors('files', 1).cursorOf(['a']),
    opaqueCursors('packages', 2).cursorOf(['a', 'b']),
    'nonsense',
    '',
    Buffer.from('["packages",1]').toString('base64url'),
  ]
  for (const cursor of foreign) expect(() => cursors.keyOf(cursor)).toThrow(/not one that this list gave out/)
})

it('takes a position of the log where the list is the log', () => {
  expect(positionCursors.keyOf('00000000000000000042')).toEqual(['00000000000000000042'])
  expect(positionCursors.cursorOf(['00000000000000000042'])).toBe('00000000000000000042')
  expect(() => positionCursors.keyOf('42')).toThrow(/not one that this list gave out/)
})
