import { describe, expect, it } from 'vitest'
import { readSource, sourceFiles } from './source-files.ts'
import { structureRules } from './structure-rules.ts'

/** A file that breaks each rule, to know that the rule would find one. */
const planted: Record<string, { path: string; text?: string }> = {
  'has the folders that the design names and no other': { path: 'extras/list.ts' },
  'has no file of more than 400 lines': { path: 'domain/long.ts', text: 'x\n'.repeat(401) },
  'has file names in kebab-case': { path: 'domain/packageVersion.ts' },
  'has no file name that says nothing about what is inside': { path: 'domain/path-utils.ts' },
  'has no declared name that says nothing about what it is': {
    path: 'domain/a.ts',
    text: ['class', 'TagManager {}'].join(' '),
  },
  'says by the name of a test what the test costs': { path: 'domain/a.test.ts' },
  'has no test that is switched off, or that switches the others off': {
    path: 'domain/a.unit.test.ts',
    text: ['it', "only('works')"].join('.'),
  },
  'names no package registry': { path: 'README.md', text: ['see https://registry', 'npmjs', 'org/left-pad'].join('.') },
  'names no folder of the machine it was written on': { path: 'docs/a.md', text: ['cd ', 'work', 'main'].join('/') },
  'holds no mark of unfinished work': { path: 'domain/a.ts', text: `// ${'TO' + 'DO'}: more` },
}

const files = sourceFiles()

describe('the project', () => {
  it.each(Object.entries(structureRules))('%s', (_, find) => {
    expect(find(files)).toEqual([])
  })

  it('is read whole', () => {
    expect(files.map(({ path }) => path)).toEqual(expect.arrayContaining(['package.json', 'bin/waybill.js', '.ci/run']))
    expect(files.length).toBeGreaterThan(100)
  })
})

describe('a file is found that breaks the rule that the project', () => {
  it.each(Object.entries(structureRules))('%s', (rule, find) => {
    const { path, text = '' } = planted[rule] ?? { path: 'fine.ts' }
    expect(find([{ path, text }])).toHaveLength(1)
  })
})

interface Manifest {
  readonly dependencies: Record<string, string>
  readonly devDependencies: Record<string, string>
  readonly optionalDependencies: Record<string, string>
}

describe('the packages', () => {
  it('come from wherever npm is configured to take them', () => {
    const text = readSource('package-lock.json')
    expect(text).not.toMatch(/"resolved": "http/)
    expect(text).toContain('"integrity": "sha512-')
  })

  it('are pinned to exact versions', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readSource('package.json')) as Manifest
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies })
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([])
  })
})
