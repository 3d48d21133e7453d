import { expect, it } from 'vitest'
import { DEFAULT_SIZES, partSize } from './transfer-sizes.ts'

it('makes room for 195 GiB in the parts that S3 allows, none smaller than it allows', () => {
  let total = 0
  let number = 1
  for (let size = partSize(1, DEFAULT_SIZES); size !== undefined; size = partSize(number, DEFAULT_SIZES)) {
    expect(size).toBeGreaterThanOrEqual(5 * 1024 * 1024)
    total += size
    number += 1
  }
  expect(number - 1).toBe(10_000)
  expect(Math.floor(total / 1024 ** 3)).toBe(195)
})
