import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Where the package managers are that are no part of the project: `INSTALL_CLIENTS` puts them there. */
const FOLDER = join(import.meta.dirname, 'clients')

export const INSTALL_CLIENTS = 'npm ci --prefix test/clients --ignore-scripts'

/** Loads a package that is installed there; throws when it is not. */
export const requireClient = createRequire(join(FOLDER, 'package.json'))

const inPackage = (name: string, ...path: readonly string[]): string => join(FOLDER, 'node_modules', name, ...path)

/** The version of an installed package; throws when there is none. */
export const installedVersion = (name: string): string =>
  (JSON.parse(readFileSync(inPackage(name, 'package.json'), 'utf8')) as { readonly version: string }).version

export type ClientName = 'npm-10' | 'pnpm' | 'yarn-1' | 'yarn-4' | 'bun'

const BUN = process.arch === 'arm64' ? '@oven/bun-linux-aarch64' : '@oven/bun-linux-x64'
const PNPM = `@pnpm/exe.linux-${process.arch}`

/**
 * The package of each client, and the program with the arguments that come before all others. Those of pnpm and bun are the
 * binaries themselves: the packages that carry their names fetch or choose one in a script when they are installed.
 */
export const clientProgram = (
  name: ClientName,
): { readonly package: string; readonly program: string; readonly args: readonly string[] } => {
  switch (name) {
    case 'npm-10':
      return { package: 'npm-10', program: process.execPath, args: [inPackage('npm-10', 'bin', 'npm-cli.js')] }
    case 'pnpm':
      return { package: PNPM, program: inPackage(PNPM, 'pnpm'), args: [] }
    case 'yarn-1':
      return { package: 'yarn', program: process.execPath, args: [inPackage('yarn', 'bin', 'yarn.js')] }
    case 'yarn-4':
      return {
        package: '@yarnpkg/cli-dist',
        program: process.execPath,
        args: [inPackage('@yarnpkg/cli-dist', 'bin', 'yarn.js')],
      }
    case 'bun':
      return { package: BUN, program: inPackage(BUN, 'bin', 'bun'), args: [] }
  }
}
