import { byteSize } from '../format-table.ts'
import type { SamplePackage } from '../samples/sample-package.ts'

export const SMALL: SamplePackage = { name: 'bench-small', versions: 3, tarballBytes: 20_000 }
export const MEDIUM: SamplePackage = { name: 'bench-medium', versions: 100, tarballBytes: 5_000 }
/** Verdaccio needs a minute and a half for its thousand publishes: each rewrites the whole document. */
export const LARGE: SamplePackage = { name: 'bench-large', versions: 1000, tarballBytes: 2_000 }
export const MEGABYTE: SamplePackage = { name: 'bench-megabyte', versions: 1, tarballBytes: 1_048_576 }

/** One kind of GET: of what, how, and the ratio to reach. */
export interface GetMeasure {
  readonly what: string
  readonly sample: SamplePackage
  readonly of: 'full' | 'abbreviated' | 'tarball'
  /** `gzip` is what npm asks for; `identity` leaves compression out of the comparison. */
  readonly encoding: 'identity' | 'gzip'
  /** Ask again with the ETag in hand. */
  readonly revalidate?: boolean
  /** Requests per second of ours over the peer's; none where the comparison is for information. */
  readonly target?: number
}

const PACKUMENT_TARGET = 15
const TARBALL_TARGET = 15

/** The full and the abbreviated document, the latter also compressed. */
export function packumentMeasures(sample: SamplePackage): GetMeasure[] {
  return [
    packument(sample, 'full', 'identity'),
    packument(sample, 'abbreviated', 'identity'),
    packument(sample, 'abbreviated', 'gzip'),
  ]
}

export function revalidationMeasure(sample: SamplePackage): GetMeasure {
  const what = `304, ${sample.versions} versions`
  return { what, sample, of: 'abbreviated', encoding: 'identity', revalidate: true }
}

export function tarballMeasure(sample: SamplePackage): GetMeasure {
  const what = `tarball, ${byteSize(sample.tarballBytes)}`
  return { what, sample, of: 'tarball', encoding: 'identity', target: TARBALL_TARGET }
}

function packument(sample: SamplePackage, of: 'full' | 'abbreviated', encoding: 'identity' | 'gzip'): GetMeasure {
  const what = `packument ${of}, ${sample.versions} versions${encoding === 'gzip' ? ', gzip' : ''}`
  return { what, sample, of, encoding, target: PACKUMENT_TARGET }
}
