import { randomFillSync } from 'node:crypto'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Benchmark, countOption, type Table } from './benchmark.ts'
import { byteSize, figure } from './format-table.ts'
import { download, type Download } from './generic/download.ts'
import { startWaybillFiles } from './generic/waybill-files.ts'
import { alternate } from './load/alternate.ts'
import { chooseClosedLoopGets } from './load/closed-loop-gets.ts'
import { median, type LoadFigures } from './load/load-figures.ts'
import { startNginx, type FileSide } from './peers/nginx.ts'

const SMALL = 'small.bin'
const SMALL_BYTES = 20_000
const LARGE = 'large.bin'
const MEGABYTE = 1_000_000

interface SmallRound extends LoadFigures {
  readonly cpuMicrosPerRequest: number
}

export const genericBenchmark: Benchmark = {
  summary: 'generic repository against nginx static (sendfile): one large download by curl, small files by wrk',
  options: { megabytes: '1000', rounds: '5', seconds: '3', connections: '16' },
  async run(options, progress) {
    const [megabytes, rounds] = [countOption(options, 'megabytes'), countOption(options, 'rounds')]
    const [seconds, connections] = [countOption(options, 'seconds'), countOption(options, 'connections')]
    const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-generic-'))
    const sides: FileSide[] = []
    try {
      progress('Writing the files ...')
      await writeNoise(join(folder, LARGE), megabytes * MEGABYTE)
      await writeNoise(join(folder, SMALL), SMALL_BYTES)
      progress('Starting waybill, and uploading them ...')
      sides.push(await startWaybillFiles(folder, [LARGE, SMALL]))
      sides.push(await startNginx(folder))

      progress(`Downloading ${byteSize(megabytes * MEGABYTE)} ...`)
      for (const side of sides) await download(side, LARGE, megabytes * MEGABYTE)
      const large = await alternate(sides, rounds, (side) => download(side, LARGE, megabytes * MEGABYTE))

      progress(`Downloading ${byteSize(SMALL_BYTES)} again and again ...`)
      const gets = await chooseClosedLoopGets(progress)
      const getSmall = (side: FileSide, time: number) =>
        gets.round({ url: side.urlOf(SMALL), headers: {} }, connections, time)
      for (const side of sides) await getSmall(side, 1)
      const small = await alternate(sides, rounds, (side) => withCost(side, () => getSmall(side, seconds)))
      const failed = small.flat().reduce((sum, { failures }) => sum + failures, 0)
      if (failed > 0) throw new Error(`${failed} requests for the small file failed.`)
      const names = sides.map(({ name }) => name)
      return {
        tables: [
          largeTable(
            `GET of ${byteSize(megabytes * MEGABYTE)} by curl, ${rounds} times in turn, medians`,
            names,
            large,
          ),
          smallTable(
            `GET of ${byteSize(SMALL_BYTES)}: ${gets.generator}, ${connections} connections, ${rounds} x ${seconds} s in turn, medians`,
            names,
            small,
          ),
        ],
        notes: ['Both without credentials and on one core each, the file in the page cache.'],
        figures: { sides: names, generator: gets.generator, large, small },
      }
    } finally {
      await Promise.all(sides.map((side) => side.stop()))
      await rm(folder, { recursive: true, force: true })
    }
  },
}

async function writeNoise(path: string, bytes: number): Promise<void> {
  const block = Buffer.allocUnsafe(MEGABYTE)
  const file = await open(path, 'wx')
  try {
    for (let left = bytes; left > 0; left -= block.length)
      await file.write(randomFillSync(block), 0, Math.min(left, block.length))
  } finally {
    await file.close()
  }
}

async function withCost(side: FileSide, round: () => Promise<LoadFigures>): Promise<SmallRound> {
  const before = await side.usage()
  const seen = await round()
  const after = await side.usage()
  return { ...seen, cpuMicrosPerRequest: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / seen.requests }
}

function largeTable(title: string, names: readonly string[], sides: readonly (readonly Download[])[]): Table {
  const rates = sides.map((rounds) => median(rounds.map(({ bytesPerSecond }) => bytesPerSecond)))
  const costs = sides.map((rounds) => median(rounds.map(({ cpuSecondsPerGb }) => cpuSecondsPerGb)))
  return {
    title,
    columns: ['server', 'MB/s', 'CPU s per GB', 'rate over nginx', 'CPU over nginx'],
    rows: names.map((name, n) => row(name, (rates[n] ?? 0) / 1e6, costs[n], ratio(rates, n), ratio(costs, n))),
  }
}

function smallTable(title: string, names: readonly string[], sides: readonly (readonly SmallRound[])[]): Table {
  const rates = sides.map((rounds) => median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)))
  const costs = sides.map((rounds) => median(rounds.map(({ cpuMicrosPerRequest }) => cpuMicrosPerRequest)))
  return {
    title,
    columns: ['server', 'req/s', 'CPU us per request', 'rate over nginx', 'CPU over nginx'],
    rows: names.map((name, n) => row(name, rates[n], costs[n], ratio(rates, n), ratio(costs, n))),
  }
}

const ratio = (values: readonly number[], n: number): number =>
  (values[n] ?? Number.NaN) / (values.at(-1) ?? Number.NaN)

const row = (name: string, ...values: (number | undefined)[]): string[] => [
  name,
  ...values.map((value) => figure(value ?? Number.NaN)),
]
