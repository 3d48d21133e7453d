import { expect, it } from 'vitest'
import { median, medianOfRounds, percentile } from './load-figures.ts'

it('takes the middle value, or the mean of the two in the middle', () => {
  expect(median([9, 1, 5])).toBe(5)
  expect(median([8, 2, 4, 6])).toBe(5)
  expect(median([])).toBeNaN()
})

it('takes the value that the share of all values does not exceed', () => {
  const values = Array.from({ length: 100 }, (_, n) => 100 - n)
  expect(percentile(values, 0.99)).toBe(99)
  expect(percentile(values, 0.5)).toBe(50)
  expect(percentile(values, 1)).toBe(100)
  expect(percentile([7], 0.99)).toBe(7)
})

it('joins rounds figure by figure and hides no failure', () => {
  const round = (requestsPerSecond: number, failures: number) => ({
    requests: 1,
    requestsPerSecond,
    p50Ms: 1,
    p99Ms: requestsPerSecond,
    failures,
  })
  expect(medianOfRounds([round(10, 0), round(30, 2), round(20, 1)])).toEqual({
    requests: 1,
    requestsPerSecond: 20,
    p50Ms: 1,
    p99Ms: 20,
    failures: 3,
  })
})
