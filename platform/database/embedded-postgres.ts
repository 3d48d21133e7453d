import { chown, mkdir, realpath, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '../platform-error.ts'
import { ourselves } from './accounts.ts'
import { CLUSTER_DATABASE, CLUSTER_USER, ensureCluster, writeSettings } from './cluster.ts'
import type { DatabaseLog } from './database-log.ts'
import { errnoOf } from './errno.ts'
import { claimFolder } from './folder-claim.ts'
import { locateBinaries } from './postgres-binaries.ts'
import { type Postmaster, startPostmaster } from './postmaster.ts'
import type { Owner } from './server-command.ts'
import { chooseIdentity } from './server-identity.ts'
import { stopOrphans } from './server-processes.ts'
import { serverSettings } from './server-settings.ts'
import { ensureSocketFolder, isAnswering, SOCKET_PORT } from './socket-folder.ts'

/** Where a Postgres server listens on a Unix socket; `host` is the socket's folder. */
export interface EmbeddedConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

/** A Postgres server that this process started and must stop. */
export interface EmbeddedPostgres {
  readonly connection: EmbeddedConnection
  /** Stops the server within 4 s. What was committed is kept; a second call waits for the first. */
  stop(): Promise<void>
  /** Resolves with the reason when Postgres ends although nobody called `stop`. */
  readonly exited: Promise<Error>
}

/**
 * Starts the Postgres that Waybill brings along, with its data in `dataFolder`, which is made on the first start and is
 * then this process's alone. Throws `unavailable`, in one sentence for the user, when it cannot start.
 */
export const startEmbeddedPostgres = async (options: {
  dataFolder: string
  log: DatabaseLog
}): Promise<EmbeddedPostgres> => {
  const home = await ownFolder(options.dataFolder)
  const claim = await claimFolder(home)
  let postmaster: Postmaster
  let socketFolder: string
  try {
    ;({ postmaster, socketFolder } = await startIn(home, options.log))
  } catch (error) {
    await claim.release()
    throw error
  }
  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    await postmaster.stop()
    await claim.release()
  }
  return {
    connection: { host: socketFolder, port: SOCKET_PORT, user: CLUSTER_USER, database: CLUSTER_DATABASE },
    stop: () => (stopping ??= stop()),
    exited: new Promise((resolve) => {
      void postmaster.ended.then((reason) => {
        if (stopping === undefined) resolve(new PlatformError('unavailable', `Postgres ended by itself: ${reason}`))
      })
    }),
  }
}

const startIn = async (home: string, log: DatabaseLog): Promise<{ postmaster: Postmaster; socketFolder: string }> => {
  const binaries = await locateBinaries(join(home, 'libraries'))
  const identity = await chooseIdentity(binaries, home, await ownerOf(join(home, 'cluster')))
  await chown(home, identity.owner.uid, identity.owner.gid)
  const cluster = await ensureCluster(home, binaries, identity)
  const socketFolder = await ensureSocketFolder(home, identity.owner)
  await stopOrphans(cluster, log)
  if (await isAnswering(socketFolder)) {
    throw new PlatformError(
      'unavailable',
      `a Postgres that is not visible from here, perhaps in another container, works in ${home}: stop it first`,
    )
  }
  // Nobody runs here now; the process id in these files may belong to another program, which Postgres takes for itself.
  await rm(join(cluster, 'postmaster.pid'), { force: true })
  await rm(join(socketFolder, `.s.PGSQL.${SOCKET_PORT}.lock`), { force: true })
  await writeSettings(cluster, serverSettings(socketFolder), identity.owner)
  const postmaster = await startPostmaster(cluster, binaries, identity, log)
  log.info({ cluster, as: identity.kind, uid: identity.owner.uid }, 'Postgres started')
  return { postmaster, socketFolder }
}

/** The folder's real path. Made if it is not there; somebody else's is refused before anything is changed in it. */
const ownFolder = async (folder: string): Promise<string> => {
  const us = ourselves()
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const owner = await ownerOf(folder)
    if (us.uid === 0 || owner?.uid === us.uid) return await realpath(folder)
  } catch (cause) {
    const code = errnoOf(cause) ?? ''
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw cause
    throw new PlatformError('unavailable', `user id ${us.uid} cannot write to ${folder} (${code})`, { cause })
  }
  throw new PlatformError(
    'unavailable',
    `${folder} belongs to another user: start Waybill as that user, or set WAYBILL_DATA to a folder of your own`,
  )
}

const ownerOf = async (folder: string): Promise<Owner | undefined> => {
  const found = await stat(folder).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
  return found && { uid: found.uid, gid: found.gid }
}
