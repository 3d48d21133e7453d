import { expect, it } from 'vitest'
import { inBatches } from './in-batches.ts'

it('asks at once, and then together for what was asked meanwhile', async () => {
  const asked: (readonly string[])[] = []
  const ends: (() => void)[] = []
  const ask = inBatches(async (ids: readonly string[]) => {
    asked.push([...ids])
    await new Promise<void>((resolve) => ends.push(resolve))
    return (id: string) => `answer to ${id}`
  })
  const first = ask('a')
  await expect.poll(() => ends.length).toBe(1)
  const others = [ask('b'), ask('c')]
  ends[0]?.()
  expect(await first).toBe('answer to a')
  await expect.poll(() => ends.length).toBe(2)
  ends[1]?.()
  expect(await Promise.all(others)).toEqual(['answer to b', 'answer to c'])
  expect(asked).toEqual([['a'], ['b', 'c']])
})

it('tells those who asked of a failure, and answers the next', async () => {
  let calls = 0
  const ask = inBatches(() => {
    calls += 1
    return calls === 1 ? Promise.reject(new Error('nobody is there')) : Promise.resolve((id: string) => id)
  })
  await expect(ask('a')).rejects.toThrow('nobody is there')
  expect(await ask('b')).toBe('b')
})
