import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { folderCycles } from './folder-cycles.ts'

const root = join(import.meta.dirname, '..')
const config = join(root, '.dependency-cruiser.cjs')
const depcruise = join(root, 'node_modules', '.bin', 'depcruise')

interface Cruise {
  readonly modules: readonly { source: string; dependencies: readonly { resolved: string; coreModule: boolean }[] }[]
  readonly summary: {
    readonly violations: readonly { from: string; to: string; rule: { name: string } }[]
    readonly totalCruised: number
  }
}

const run = promisify(execFile)

const cruise = async (folder: string): Promise<Cruise> => {
  const args = [depcruise, '--config', config, '--output-type', 'json', '.']
  // The JSON reporter exits 0 whatever it found: what counts is in the report.
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 64e6 })
  return JSON.parse(stdout) as Cruise
}

/** One file for each rule, which breaks that rule alone. */
const planted: Record<string, Record<string, string>> = {
  'platform-knows-nobody': { 'platform/a.ts': "import '../domain/names.ts'" },
  'domain-is-pure': { 'domain/registry/a.ts': "import 'node:fs'" },
  'commands-use-domain-and-platform': { 'commands/a.ts': "import type {} from '../projections/models.ts'" },
  'projections-use-events-and-platform': { 'projections/a.ts': "import '../domain/registry/file/decide.ts'" },
  'read-models-by-their-queries': { 'read-api/a.ts': "import '../projections/packages/projection.ts'" },
  'adapters-decide-nothing': { 'protocol-adapters/npm/b.ts': "import '../../domain/registry/file/decide.ts'" },
  'protocols-stand-alone': { 'protocol-adapters/npm/c.ts': "import '../generic/listing.ts'" },
  'shared-http-knows-no-protocol': { 'protocol-adapters/http/a.ts': "import '../generic/listing.ts'" },
  'outer-layers-stand-apart': { 'workers/a.ts': "import '../read-api/type.ts'" },
  'the-command-line-asks-a-server': { 'command-line/a.ts': "import '../read-api/type.ts'" },
  'only-the-entry-wires': { 'commands/b.ts': "import '../platform/blob-store/file/store.ts'" },
  'nobody-imports-the-entry': { 'workers/b.ts': "import '../main.ts'" },
  'no-test-code-in-the-product': { 'platform/c.ts': "import '../test/postgres.ts'" },
  'no-development-packages-in-the-product': { 'platform/d.ts': "import 'vitest'" },
  'everything-resolves': { 'platform/e.ts': "import './nowhere.ts'" },
  'no-cycles': {
    'platform/f.ts': "import type {} from './g.ts'\nexport const f = 1",
    'platform/g.ts': "import './f.ts'",
  },
}

const harmless = [
  'main.ts',
  'domain/names.ts',
  'domain/registry/file/decide.ts',
  'platform/blob-store/file/store.ts',
  'projections/models.ts',
  'projections/packages/projection.ts',
  'protocol-adapters/generic/listing.ts',
  'read-api/type.ts',
  'test/postgres.ts',
]

describe('the direction of imports', () => {
  let folder = ''
  let found: readonly string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-boundaries-'))
    const write = async (path: string, text: string) => {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    for (const path of harmless) await write(path, 'export const nothing = 1\n')
    for (const files of Object.values(planted)) {
      for (const [path, text] of Object.entries(files)) await write(path, `${text}\nexport const planted = 1\n`)
    }
    for (const file of ['tsconfig.json', 'package.json']) await copyFile(join(root, file), join(folder, file))
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
    const { summary } = await cruise(folder)
    found = summary.violations.map(({ from, rule }) => `${rule.name}: ${from}`)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(Object.entries(planted))('is broken by a file planted for %s', (rule, files) => {
    expect(found).toContain(`${rule}: ${Object.keys(files)[0]}`)
  })

  it('is broken by the planted files only', () => {
    const files = new Set(Object.values(planted).flatMap((entry) => Object.keys(entry)))
    expect(found.filter((entry) => !files.has(entry.split(': ')[1] ?? ''))).toEqual([])
  })

  it('has a planted file for each rule', () => {
    const rules = createRequire(import.meta.url)(config) as { forbidden: { name: string }[] }
    expect(Object.keys(planted).sort()).toEqual(rules.forbidden.map(({ name }) => name).sort())
  })
})

describe('the sources', () => {
  let report: Cruise

  beforeAll(async () => {
    report = await cruise(root)
  })

  it('keep the direction of imports, and are seen', () => {
    expect(report.summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} → ${to}`)).toEqual([])
    const sources = report.modules.map(({ source }) => source)
    for (const layer of ['domain', 'commands', 'projections', 'platform', 'protocol-adapters']) {
      expect(sources.filter((source) => source.startsWith(`${layer}/`)).length, layer).toBeGreaterThan(10)
    }
    expect(report.modules.flatMap(({ dependencies }) => dependencies).length).toBeGreaterThan(400)
  })

  it('have no cycle between folders', () => {
    // A test may reach anywhere: what it proves about the product's folders is not how they hang together.
    const product = report.modules.filter(({ source }) => !source.endsWith('.test.ts'))
    const imports = product.flatMap(({ source, dependencies }) =>
      dependencies
        .filter(({ resolved, coreModule }) => !coreModule && !/^node_modules\//.test(resolved))
        .map(({ resolved }) => ({ from: source, to: resolved })),
    )
    expect(folderCycles(imports)).toEqual([])
  })
})
