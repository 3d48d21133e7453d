import { expect, it } from 'vitest'
import type { LoadFigures } from './load-figures.ts'
import { ratioCell, sideRatio } from './side-ratio.ts'

const rounds = (...rates: number[]): LoadFigures[] =>
  rates.map((requestsPerSecond) => ({ requestsPerSecond, p50Ms: 1, p99Ms: 2, failures: 0 }))

it('divides the medians and shows the spread of the rounds that ran side by side', () => {
  const ratio = sideRatio([rounds(300, 200, 100), rounds(10, 20, 20)])
  expect(ratio).toEqual({ ratio: 10, lowest: 5, highest: 30 })
  expect(ratioCell(ratio)).toBe('10.0x (5.00-30.0)')
})

it('gives no ratio for one side alone', () => {
  expect(ratioCell(sideRatio([rounds(300)]))).toBe('-')
})
