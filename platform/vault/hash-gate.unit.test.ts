import { expect, it } from 'vitest'
import { gateOf } from './hash-gate.ts'

it('lets so many run at once, the others in their order, and refuses when too many wait', async () => {
  const gate = gateOf(2, 3)
  const ends: (() => void)[] = []
  const begun: number[] = []
  const work = (number: number) => () => {
    begun.push(number)
    return new Promise<number>((resolve) => ends.push(() => resolve(number)))
  }
  const running = [1, 2, 3, 4, 5].map((number) => gate(work(number)))
  await expect(gate(work(6))).rejects.toMatchObject({ code: 'unavailable' })
  expect(begun).toEqual([1, 2])
  ends.shift()?.()
  expect(await running[0]).toBe(1)
  const late = gate(work(7))
  await expect.poll(() => begun).toEqual([1, 2, 3])
  while (ends.length > 0) {
    ends.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await Promise.all([...running, late])).toEqual([1, 2, 3, 4, 5, 7])
  expect(begun).toEqual([1, 2, 3, 4, 5, 7])
})

it('goes on after work that failed', async () => {
  const gate = gateOf(1, 1)
  await expect(gate(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await gate(() => Promise.resolve('done'))).toBe('done')
})
