import { choicesOption, countOption } from '../benchmark.ts'
import { LARGE, MEDIUM, SMALL } from './get-measures.ts'
import type { SamplePackage } from '../samples/sample-package.ts'

const PARTS = ['packument', 'revalidation', 'tarball', 'publish', 'beside'] as const
const SIDES = ['waybill', 'verdaccio'] as const
const SAMPLES = { small: SMALL, medium: MEDIUM, large: LARGE }

export const NPM_OPTIONS = {
  only: PARTS.join(','),
  samples: 'small,medium,large',
  auth: 'token',
  rounds: '5',
  seconds: '3',
  connections: '16',
  publishes: '300',
  sides: SIDES.join(','),
}

/** What a run is to do; the options are described in README.md. */
export interface Plan {
  readonly sides: readonly (typeof SIDES)[number][]
  readonly parts: readonly (typeof PARTS)[number][]
  readonly samples: readonly SamplePackage[]
  readonly signedIn: boolean
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
  readonly publishes: number
}

/** Throws a sentence that names the option when a value is not one it takes. */
export function readPlan(options: Readonly<Record<string, string>>): Plan {
  return {
    sides: choicesOption(options, 'sides', SIDES),
    parts: choicesOption(options, 'only', PARTS),
    samples: choicesOption(options, 'samples', ['small', 'medium', 'large']).map((size) => SAMPLES[size]),
    signedIn: choicesOption(options, 'auth', ['token', 'none'])[0] === 'token',
    rounds: countOption(options, 'rounds'),
    seconds: countOption(options, 'seconds'),
    connections: countOption(options, 'connections'),
    publishes: countOption(options, 'publishes'),
  }
}
