import { expect, it } from 'vitest'
import { atOnce } from './at-once.ts'

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number)

it('does everything, and never more at once than it may', async () => {
  const done: number[] = []
  let running = 0
  let most = 0
  await atOnce(numbers(20), 3, async (number) => {
    running++
    most = Math.max(most, running)
    await Promise.resolve()
    running--
    done.push(number)
  })
  expect(done.sort((a, b) => a - b)).toEqual(numbers(20))
  expect(most).toBe(3)
})

it('begins nothing after a failure, but ends what is under way before it throws', async () => {
  const begun: number[] = []
  const ended: number[] = []
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  const all = atOnce(numbers(10), 2, async (number) => {
    begun.push(number)
    if (number === 1) {
      queueMicrotask(release)
      throw new Error('no')
    }
    await held
    ended.push(number)
  })
  await expect(all).rejects.toThrow('no')
  expect(begun).toEqual([0, 1])
  expect(ended).toEqual([0])
})
