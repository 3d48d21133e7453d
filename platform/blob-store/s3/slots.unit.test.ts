import { expect, it } from 'vitest'
import { openSlots } from './slots.ts'

it('lets as many in as there are slots, and the others in the order in which they came', async () => {
  const slots = openSlots(2)
  const entered: number[] = []
  const enter = async (number: number) => {
    const giveBack = await slots.take()
    entered.push(number)
    return giveBack
  }
  const [first, second] = await Promise.all([enter(1), enter(2)])
  const later = [enter(3), enter(4)]
  await Promise.resolve()
  expect(entered).toEqual([1, 2])
  second()
  await later[0]
  expect(entered).toEqual([1, 2, 3])
  first()
  const giveBack = await later[1]
  giveBack?.()
  await enter(5)
  expect(entered).toEqual([1, 2, 3, 4, 5])
})
