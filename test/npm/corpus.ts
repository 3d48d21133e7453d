import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from '../child-process.ts'

/** One real package of the corpus. */
export interface CorpusPackage {
  readonly name: string
  readonly version: string
  /** sha512 in the form of a lockfile. */
  readonly integrity: string
}

interface CorpusFile {
  readonly roots: readonly string[]
  readonly packages: Readonly<Record<string, string>>
}

const { roots, packages } = JSON.parse(readFileSync(new URL('./corpus.json', import.meta.url), 'utf8')) as CorpusFile

const splitSpec = (spec: string): { readonly name: string; readonly version: string } => {
  const at = spec.lastIndexOf('@')
  return { name: spec.slice(0, at), version: spec.slice(at + 1) }
}

/**
 * 300 real packages, closed over their dependencies, by name and then by version upwards: published in this order, the
 * highest version of each is the last and so the latest.
 */
export const corpus: readonly CorpusPackage[] = Object.entries(packages).map(([spec, integrity]) => ({
  ...splitSpec(spec),
  integrity,
}))

/** The dependencies of a project that takes all of the corpus in, for its package.json. */
export const corpusDependencies: Readonly<Record<string, string>> = Object.fromEntries(
  roots.map(splitSpec).map(({ name, version }) => [name, version]),
)

/** The file that `npm pack` writes for a package. */
export const packedFile = ({ name, version }: CorpusPackage): string =>
  `${name.replace('@', '').replace('/', '-')}-${version}.tgz`

/**
 * Puts the tarballs of the whole corpus into a folder, by the npm client as this machine has it configured, and checks each
 * against its integrity. What is there already is not fetched again, so that a second run takes a moment.
 * @returns the path of each tarball by `name@version`
 */
export const fetchCorpus = async (
  folder: string = join(tmpdir(), 'waybill-npm-corpus'),
): Promise<ReadonlyMap<string, string>> => {
  await mkdir(folder, { recursive: true })
  const missing: CorpusPackage[] = []
  for (const entry of corpus) if (!(await isIntact(join(folder, packedFile(entry)), entry))) missing.push(entry)
  const half = Math.ceil(missing.length / 2)
  await Promise.all([missing.slice(0, half), missing.slice(half)].map((part) => fetchPart(part, folder)))
  return new Map(corpus.map((entry) => [`${entry.name}@${entry.version}`, join(folder, packedFile(entry))]))
}

/** Packages named on one command line. */
const BATCH = 50

const fetchPart = async (part: readonly CorpusPackage[], folder: string): Promise<void> => {
  for (let at = 0; at < part.length; at += BATCH) await fetchBatch(part.slice(at, at + BATCH), folder)
}

/** Into a folder of its own first: another run may be fetching the same, and a file that is there is taken as whole. */
const fetchBatch = async (batch: readonly CorpusPackage[], folder: string): Promise<void> => {
  const landing = await mkdtemp(join(folder, 'landing-'))
  try {
    const specs = batch.map(({ name, version }) => `${name}@${version}`)
    const { code, stderr } = await runProgram('npm', ['pack', '--silent', '--pack-destination', landing, ...specs], {
      cwd: landing,
      env: process.env as Record<string, string>,
      timeout: 240_000,
    })
    if (code !== 0) throw new Error(`npm pack failed: ${stderr.slice(-2000)}`)
    for (const entry of batch) {
      const file = join(landing, packedFile(entry))
      if (!(await isIntact(file, entry))) throw new Error(`${packedFile(entry)} is not the tarball of the corpus`)
      await rename(file, join(folder, packedFile(entry)))
    }
  } finally {
    await rm(landing, { recursive: true, force: true })
  }
}

const isIntact = async (file: string, { integrity }: CorpusPackage): Promise<boolean> => {
  try {
    const bytes = await readFile(file)
    return `sha512-${createHash('sha512').update(bytes).digest('base64')}` === integrity
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}
