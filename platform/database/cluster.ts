import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, lchown, lstat, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '../platform-error.ts'
import { errnoOf } from './errno.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { commandAs, type Owner, type ServerIdentity } from './server-command.ts'
import { settingsFile } from './server-settings.ts'

export const CLUSTER_USER = 'waybill'
export const CLUSTER_DATABASE = 'waybill'

const MAJOR = '18'
const SETTINGS = 'waybill.conf'

/**
 * Makes the database cluster `<home>/cluster` if it is not there. It is built beside and renamed, so that a process
 * killed half-way leaves nothing but a folder that the next start removes. Throws `unavailable` for a foreign folder.
 */
export const ensureCluster = async (
  home: string,
  binaries: PostgresBinaries,
  identity: ServerIdentity,
): Promise<string> => {
  const folder = join(home, 'cluster')
  await removeLeftovers(home)
  const state = await clusterState(folder)
  if (state === 'ready') {
    await keepOwner(folder, identity.owner)
    return folder
  }
  const fresh = join(home, `cluster.new-${randomBytes(6).toString('hex')}`)
  await initialise(fresh, binaries, identity)
  await rename(fresh, folder)
  await syncFolder(home)
  return folder
}

/** Removes clusters whose making was interrupted. */
const removeLeftovers = async (home: string): Promise<void> => {
  for (const name of await readdir(home)) {
    if (!name.startsWith('cluster.new-')) continue
    const removed = rm(join(home, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
    // an initdb whose starter was killed may still be writing into it: then the next start removes the rest
    await removed.catch(() => undefined)
  }
}

/** Writes the settings that every start brings along; what an operator set by ALTER SYSTEM still wins. */
export const writeSettings = async (
  cluster: string,
  settings: ReadonlyMap<string, string>,
  owner: Owner,
): Promise<void> => {
  const fresh = join(cluster, `${SETTINGS}.new`)
  // `wx` follows no link: as root we write into a folder that may belong to another user.
  await rm(fresh, { force: true })
  await writeFile(fresh, settingsFile(settings), { mode: 0o600, flag: 'wx' })
  await chown(fresh, owner.uid, owner.gid)
  await rename(fresh, join(cluster, SETTINGS))
}

const clusterState = async (folder: string): Promise<'absent' | 'ready'> => {
  const names = await readdir(folder).catch((error: unknown): string[] => {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  })
  if (names.length === 0) return 'absent'
  if (!names.includes('PG_VERSION')) {
    throw new PlatformError('unavailable', `${folder} holds files that are no Postgres cluster: move them away`)
  }
  const version = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim()
  if (version === MAJOR) return 'ready'
  throw new PlatformError(
    'unavailable',
    `${folder} was made by Postgres ${version}, this Waybill brings Postgres ${MAJOR}: ` +
      'export it with the Waybill that made it and import it here',
  )
}

const initialise = async (folder: string, binaries: PostgresBinaries, identity: ServerIdentity): Promise<void> => {
  await run(binaries, identity, binaries.initdb, [
    ...['--pgdata', folder, '--username', CLUSTER_USER, '--auth', 'trust', '--encoding', 'UTF8'],
    // The built-in C.UTF-8 does not depend on the C library's version, so a folder may move between machines.
    ...['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
    ...['--no-instructions', '--no-sync'],
  ])
  await writeFile(join(folder, 'pg_hba.conf'), `local all ${CLUSTER_USER} trust\n`, { mode: 0o600 })
  const main = join(folder, 'postgresql.conf')
  await writeFile(main, `${await readFile(main, 'utf8')}\ninclude_if_exists '${SETTINGS}'\n`)
  await run(binaries, identity, binaries.postgres, ['--single', '-D', folder, 'postgres'], createDatabase)
  await run(binaries, identity, binaries.initdb, ['--pgdata', folder, '--sync-only'])
}

const createDatabase = `create database ${CLUSTER_DATABASE}\n`

const run = (
  binaries: PostgresBinaries,
  identity: ServerIdentity,
  program: string,
  options: readonly string[],
  input = '',
): Promise<void> =>
  new Promise((resolve, reject) => {
    const command = commandAs(identity, binaries, program, options)
    const limits = { timeout: 120_000, killSignal: 'SIGKILL' } as const
    const child = execFile(command.file, command.args, { ...command.options, ...limits }, (error, stdout, stderr) => {
      // In single-user mode a refused statement does not show in the exit code.
      if (error === null && !/\b(?:ERROR|FATAL|PANIC):/.test(stderr)) return resolve()
      const said = (stderr.trim() || stdout.trim() || (error?.message ?? '')).split('\n').slice(-3).join(' ')
      reject(new PlatformError('unavailable', `the database could not be made: ${said}`, { cause: error }))
    })
    // A program that ends early closes its input; its exit code tells more than the broken pipe.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })

/** Gives every file to `owner` when the folder is not theirs yet: the identity changed between two runs of root. */
const keepOwner = async (folder: string, owner: Owner): Promise<void> => {
  const { uid } = await lstat(folder)
  if (uid !== owner.uid) await giveTo(folder, owner)
}

/** Gives a folder and all below it to `owner`, the folder itself last, so that an interrupted run is repeated. */
const giveTo = async (folder: string, owner: Owner): Promise<void> => {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), owner.uid, owner.gid)
  }
  await chown(folder, owner.uid, owner.gid)
}

/** Makes a rename inside `folder` durable. */
const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
