import type { Benchmark, BenchmarkResult, Table } from './benchmark.ts'
import { byteSize, figure } from './format-table.ts'
import { chooseClosedLoopGets } from './load/closed-loop-gets.ts'
import { compareGets, getTable } from './npm/compare-gets.ts'
import { comparePublishes, PUBLISH_TARBALL_BYTES, publishTable } from './npm/compare-publishes.ts'
import {
  MEGABYTE,
  packumentMeasures,
  revalidationMeasure,
  SMALL,
  tarballMeasure,
  type GetMeasure,
} from './npm/get-measures.ts'
import { NPM_OPTIONS, readPlan, type Plan } from './npm/plan.ts'
import { seedSamples, type Seeding } from './npm/seed-samples.ts'
import {
  besideTable,
  PUBLISHES_PER_SECOND,
  READS_PER_SECOND,
  readsBesidePublishes,
} from './npm/reads-beside-publishes.ts'
import type { SamplePackage } from './samples/sample-package.ts'
import type { RegistrySide } from './peers/registry-side.ts'
import { startVerdaccio } from './peers/verdaccio.ts'
import { startWaybill } from './peers/waybill.ts'

type Progress = (line: string) => void

export const npmBenchmark: Benchmark = {
  summary: 'npm registry against Verdaccio 6: packument and tarball GET, 304, publish, reads beside publishes',
  options: NPM_OPTIONS,
  async run(options, progress) {
    const plan = readPlan(options)
    const sides: RegistrySide[] = []
    try {
      for (const name of plan.sides) {
        progress(`Starting ${name} ...`)
        sides.push(await (name === 'waybill' ? startWaybill({ open: !plan.signedIn }) : startVerdaccio()))
      }
      return await compare(sides, plan, progress)
    } finally {
      await Promise.all(sides.map((side) => side.stop()))
    }
  },
}

async function compare(sides: readonly RegistrySide[], plan: Plan, progress: Progress): Promise<BenchmarkResult> {
  const { parts, samples, rounds, seconds, connections, publishes } = plan
  const loop = await chooseClosedLoopGets(progress)
  const measures = getMeasures(parts, samples)
  const seeds = new Set([...measures.map(({ sample }) => sample), ...(parts.includes('beside') ? [SMALL] : [])])
  const seeding = await seedSamples(sides, [...seeds], progress)

  const gets = []
  for (const measure of measures) {
    progress(`GET ${measure.what} ...`)
    gets.push(await compareGets(sides, measure, loop, plan))
  }
  const publishing = []
  for (const atOnce of parts.includes('publish') ? [1, connections] : []) {
    progress(`Publishing, ${atOnce} at a time ...`)
    publishing.push(await comparePublishes(sides, atOnce, rounds, publishes))
  }
  const beside = []
  for (const side of parts.includes('beside') ? sides : []) {
    progress(`Reading beside publishes at ${side.name} ...`)
    beside.push(await readsBesidePublishes(side, Math.min(rounds, 3), seconds * 3))
  }

  const { generator } = loop
  const credentials = plan.signedIn ? 'each side with a bearer token' : 'no credentials'
  const getTitle = `GET: ${generator}, ${connections} connections, ${rounds} x ${seconds} s in turn, medians, ${credentials}`
  const publishTitle = `Publish: tarballs of ${byteSize(PUBLISH_TARBALL_BYTES)}, ${publishes} new packages a round, ${rounds} rounds in turn, medians`
  const besideTitle = `Packument GET at ${READS_PER_SECOND}/s, alone and beside ${PUBLISHES_PER_SECOND} publishes/s`
  const tables: Table[] = []
  if (gets.length > 0) tables.push(getTable(getTitle, sides, gets))
  if (publishing.length > 0) tables.push(publishTable(publishTitle, sides, publishing))
  if (beside.length > 0) tables.push(besideTable(besideTitle, beside))
  const residentBytes = (await Promise.all(sides.map((side) => side.usage()))).map((usage) => usage.residentBytes)
  const names = sides.map(({ name }) => name)
  return {
    tables,
    notes: notes(sides, seeding, residentBytes),
    figures: { sides: names, generator, seeding, gets, publishing, beside, residentBytes },
  }
}

function getMeasures(parts: readonly string[], samples: readonly SamplePackage[]): GetMeasure[] {
  return [
    ...(parts.includes('packument') ? samples.flatMap(packumentMeasures) : []),
    ...(parts.includes('revalidation') ? samples.map(revalidationMeasure) : []),
    ...(parts.includes('tarball') ? [SMALL, MEGABYTE].map(tarballMeasure) : []),
  ]
}

function notes(sides: readonly RegistrySide[], seeding: readonly Seeding[], memory: readonly number[]): string[] {
  const perSide = (values: readonly number[], show: (value: number) => string): string =>
    sides.map(({ name }, n) => `${name} ${show(values[n] ?? Number.NaN)}`).join(', ')
  return [
    ...seeding
      .filter(({ versions }) => versions > 10)
      .map(
        ({ versions, seconds }) =>
          `${versions} versions of one package, published in turn: ${perSide(seconds, (s) => `${figure(s)} s`)}`,
      ),
    `Resident memory at the end: ${perSide(memory, byteSize)}`,
  ]
}
