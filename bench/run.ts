import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { formatTable } from './format-table.ts'
import { machineLine } from './machine-line.ts'
import { appendBenchmark } from './append.ts'
import { esdbBenchmark } from './esdb.ts'
import { genericBenchmark } from './generic.ts'
import { npmBenchmark } from './npm.ts'
import { rebuildBenchmark } from './rebuild.ts'
import { webhooksBenchmark } from './webhooks.ts'

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  append: appendBenchmark,
  esdb: esdbBenchmark,
  generic: genericBenchmark,
  npm: npmBenchmark,
  rebuild: rebuildBenchmark,
  webhooks: webhooksBenchmark,
}

function usage(): string {
  const lines = Object.entries(BENCHMARKS).flatMap(([name, { summary, options }]) => [
    `  ${name.padEnd(8)} ${summary}`,
    ...Object.entries(options).map(([option, preset]) => `             --${option} ${preset}`),
  ])
  return ['npm run bench -- <name> [options] [--json]', '', ...lines, ''].join('\n')
}

async function run(name: string, benchmark: Benchmark, args: string[]): Promise<void> {
  const known: Record<string, { type: 'string' | 'boolean' }> = { json: { type: 'boolean' } }
  for (const option of Object.keys(benchmark.options)) known[option] = { type: 'string' }
  const { values } = parseArgs({ args, options: known })
  const given = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  const options = { ...benchmark.options, ...Object.fromEntries(given) }
  const machine = machineLine()
  const result = await benchmark.run(options, (line) => process.stderr.write(`${line}\n`))
  const text =
    values['json'] === true
      ? JSON.stringify({ benchmark: name, machine, options, ...result.figures }, null, 2)
      : [machine, ...result.tables.map(formatTable), result.notes.join('\n')].join('\n\n')
  process.stdout.write(`${text}\n`)
}

const [name = '', ...args] = process.argv.slice(2)
const benchmark = BENCHMARKS[name]
if (benchmark === undefined) {
  process.stderr.write(usage())
  process.exitCode = 1
} else {
  // Ctrl-C ends through exit, so that the servers of the run are ended too.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  try {
    await run(name, benchmark, args)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
