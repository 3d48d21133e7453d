import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { readRecords, tools, type ToolRecord } from './servers.ts'

const unique = (records: readonly ToolRecord[]): ToolRecord[] => [
  ...new Map(records.map((entry) => [`${entry.name} ${entry.version ?? ''}`, entry])).values(),
]

/** The last lines of a run: which real servers and clients it tested with, which it could not, and why. */
export const summaryOf = (records: readonly ToolRecord[]): string => {
  const ran = unique(records.filter((entry) => entry.version !== undefined))
  const missing = unique(records.filter((entry) => entry.version === undefined))
  const asked = new Set(records.map((entry) => entry.name))
  const unasked = Object.keys(tools).filter((name) => !asked.has(name))
  const installOf = (name: string): string =>
    name in tools ? ` To test it: ${tools[name as keyof typeof tools].install}` : ''
  return [
    `Tested with: ${ran.map((entry) => `${entry.name} ${entry.version}`.trim()).join(', ') || 'no server or client'}`,
    ...missing.map((entry) => `NOT tested with: ${entry.name} (${entry.reason}).${installOf(entry.name)}`),
    ...(unasked.length > 0 ? [`Not asked for by this run: ${unasked.join(', ')}`] : []),
  ].join('\n')
}

/** A vitest reporter that names the file in which the tests' processes record what they found, and prints it at the end. */
class TestedWith {
  readonly file = join(mkdtempSync(join(tmpdir(), 'waybill-tested-with-')), 'records')

  constructor() {
    writeFileSync(this.file, '')
    process.env.WAYBILL_TEST_RECORD = this.file
  }

  onTestRunEnd(): void {
    console.log(`\n${summaryOf(readRecords(this.file))}\n`)
    rmSync(dirname(this.file), { recursive: true, force: true })
  }
}

// Vitest loads a reporter by its default export.
export default TestedWith
