import { realpath } from 'node:fs/promises'
import { CLUSTER_DATABASE, CLUSTER_USER } from './cluster.ts'
import type { EmbeddedConnection } from './embedded-postgres.ts'
import { errnoOf } from './errno.ts'
import { isAnswering, SOCKET_PORT, socketFolderOf } from './socket-folder.ts'

/** The embedded server that another process runs on this data folder, or undefined when none answers. */
export const findRunningPostgres = async (dataFolder: string): Promise<EmbeddedConnection | undefined> => {
  const home = await realpath(dataFolder).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  })
  if (home === undefined) return undefined
  const host = socketFolderOf(home)
  if (!(await isAnswering(host))) return undefined
  return { host, port: SOCKET_PORT, user: CLUSTER_USER, database: CLUSTER_DATABASE }
}
