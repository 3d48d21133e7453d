import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '../child-process.ts'
import { ownEnvironment } from '../own-environment.ts'

const bin = join(import.meta.dirname, '..', '..', 'bin', 'waybill.js')
const recorder = join(import.meta.dirname, 'record-modules.mjs')
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-loading-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** The packages, and the folders of the product, whose modules a call loads. */
const loadedBy = async (...args: readonly string[]): Promise<readonly string[]> => {
  const record = join(folder, 'modules')
  await rm(record, { force: true })
  const env = ownEnvironment({ HOME: folder, WAYBILL_TEST_MODULES: record })
  await runProgram(process.execPath, ['--import', recorder, bin, ...args], { cwd: folder, env, timeout: 60_000 })
  const urls = (await readFile(record, 'utf8')).split('\n')
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? [])
  const root = join(import.meta.dirname, '..', '..')
  const own = urls.flatMap((url) => new RegExp(`^file://${root}/([a-z-]+)/`).exec(url)?.[1] ?? [])
  return [...new Set([...packages, ...own])].filter((name) => name !== 'node_modules')
}

const HEAVY = ['fastify', 'graphql', 'graphql-yoga', '@pothos/core', 'postgres', 'pino', 'typebox', 'projections']

it.each([
  [['--version']],
  [['--help']],
  [['repo', 'list']],
  [['upload', 'x', 'main/generic/']],
  [['audit', 'list', '--server', 'http://127.0.0.1:9']],
])('loads nothing of a server for waybill %j', async (args) => {
  const loaded = await loadedBy(...args)
  expect(loaded).toContain('yargs')
  expect(loaded.filter((name) => HEAVY.includes(name))).toEqual([])
})

it('loads no server to look at the log', async () => {
  const loaded = await loadedBy('replay', '--repository', 'main/npm', '--until', '0'.repeat(20))
  expect(loaded).toContain('postgres')
  expect(loaded.filter((name) => ['fastify', 'graphql', 'read-api', 'protocol-adapters'].includes(name))).toEqual([])
})
