import { expect, it } from 'vitest'
import type { SideFigures } from './side-figures.ts'
import { ratioCells, sideRatio } from './side-ratio.ts'

const rounds = (...rates: number[]): SideFigures[] =>
  rates.map((requestsPerSecond) => ({
    requests: 1,
    requestsPerSecond,
    p50Ms: 1,
    p99Ms: 2,
    failures: 0,
    cpuMicrosPerRequest: 1000 / requestsPerSecond,
  }))

it('divides the medians and shows the spread of the rounds that ran side by side', () => {
  const ratio = sideRatio([rounds(300, 200, 100), rounds(10, 20, 20)])
  expect(ratio).toEqual({ ratio: 10, lowest: 5, highest: 30, cpu: 10 })
  expect(ratioCells(ratio)).toEqual(['10.0x (5.00-30.0)', '10.0x'])
})

it('gives no ratio for one side alone', () => {
  expect(ratioCells(sideRatio([rounds(300)]))).toEqual(['-', '-'])
})
