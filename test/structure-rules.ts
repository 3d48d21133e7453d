import type { SourceFile } from './source-files.ts'

/** What breaks a rule of the project's shape: `path`, or `path:line` with the words found there. */
type Find = (files: readonly SourceFile[]) => string[]

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length

const matches =
  (pattern: RegExp): Find =>
  (files) =>
    files.flatMap(({ path, text }) =>
      [...text.matchAll(new RegExp(pattern, 'g'))].map(
        (match) => `${path}:${lineOf(text, match.index)} ${match[0].trim()}`,
      ),
    )

const paths =
  (wrong: (path: string) => boolean): Find =>
  (files) =>
    files.map(({ path }) => path).filter(wrong)

const isCode = ({ path }: SourceFile): boolean => /\.(ts|tsx|js|cjs|sql)$/.test(path)

const inCode =
  (find: Find): Find =>
  (files) =>
    find(files.filter(isCode))

/** A word that is put together here, so that this file does not hold what it looks for. */
const word = (...parts: string[]): string => parts.join('')

const FOLDERS = new Set([
  ...['domain', 'commands', 'projections', 'read-api', 'protocol-adapters', 'workers', 'platform'],
  ...['command-line', 'console', 'bench', 'test', 'docs', 'bin', '.ci'],
])

const MOST_LINES = 400

const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/
const emptyName = /(^|[-./])(utils?|helpers?|managers?|services?|commons?|misc)(?=[-./]|$)/

/** The hosts of public registries, and the one that npm is configured with here. */
const registries = (): string => {
  const known = ['registry npmjs org', 'registry yarnpkg com', 'pypi org', 'pythonhosted org', 'repo1 maven org']
  const configured = URL.parse(process.env.npm_config_registry ?? '')?.host
  return [...known, ...(configured ? [configured] : [])].map((host) => host.replaceAll(/[. ]/g, '[.]')).join('|')
}

export const structureRules: Record<string, Find> = {
  'has the folders that the design names and no other': paths(
    (path) => path.includes('/') && !FOLDERS.has(path.split('/')[0] ?? ''),
  ),
  'has no file of more than 400 lines': inCode((files) =>
    files.filter(({ text }) => text.split('\n').length - 1 > MOST_LINES).map(({ path }) => path),
  ),
  'has file names in kebab-case': inCode(paths((path) => !path.split('/').every((name) => kebab.test(name)))),
  'has no file name that says nothing about what is inside': inCode(paths((path) => emptyName.test(path))),
  'has no declared name that says nothing about what it is': inCode(
    // a process manager is what the field calls one
    matches(/\b(class|interface|type|const|function) (?!\w*ProcessManagers?\b)\w*(Manager|Helper|Utils?|Service)s?\b/),
  ),
  'says by the name of a test what the test costs': inCode(
    paths((path) => path.includes('.test.') && !/\.(unit|int|e2e)\.test\.ts$/.test(path)),
  ),
  'has no test that is switched off, or that switches the others off': inCode(
    matches(/\b(it|test|describe)\.(only|skip|todo|fails)\b/),
  ),
  'names no package registry': (files) => matches(new RegExp(registries()))(files),
  'names no folder of the machine it was written on': matches(
    new RegExp(`(?<![\\w.~:>-])/(${word('wo', 'rk')}|${word('ro', 'ot')}|${word('tm', 'p')})/`),
  ),
  'holds no mark of unfinished work': inCode(
    matches(new RegExp(`\\b(${word('TO', 'DO')}|${word('FIX', 'ME')}|${word('XX', 'X')})\\b`)),
  ),
}
