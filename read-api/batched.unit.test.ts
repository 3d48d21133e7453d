import { expect, it } from 'vitest'
import { batched } from './batched.ts'

const counting = () => {
  const calls: (readonly number[])[] = []
  const load = batched(String, (keys: readonly number[]) => {
    calls.push(keys)
    return Promise.resolve(new Map(keys.filter((key) => key > 0).map((key) => [String(key), key * 10])))
  })
  return { calls, load }
}

it('asks once for all keys of a level, and for each key once', async () => {
  const { calls, load } = counting()
  expect(await Promise.all([load(1), load(2), load(1)])).toEqual([10, 20, 10])
  expect(calls).toEqual([[1, 2]])
})

it('asks again for the keys of the next level only', async () => {
  const { calls, load } = counting()
  await load(1)
  expect(await Promise.all([load(1), load(3)])).toEqual([10, 30])
  expect(calls).toEqual([[1], [3]])
})

it('answers undefined for what there is not', async () => {
  const { load } = counting()
  expect(await load(-1)).toBeUndefined()
})

it('fails every key of a call that failed', async () => {
  const load = batched(String, () => Promise.reject(new Error('gone')))
  const answers = await Promise.allSettled([load(1), load(2)])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
})
