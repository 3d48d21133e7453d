import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PlatformError } from '../platform-error.ts'
import { ourselves } from './accounts.ts'
import { errnoOf } from './errno.ts'
import type { Owner } from './server-command.ts'

export const SOCKET_PORT = 5432

/** The socket's file inside its folder, as libpq and the driver name it. */
const socketFile = (folder: string): string => join(folder, `.s.PGSQL.${SOCKET_PORT}`)

/** sun_path of unix(7): 108 bytes with the closing NUL. */
const LONGEST_PATH = 107

const fits = (folder: string): boolean => Buffer.byteLength(socketFile(folder)) <= LONGEST_PATH

/** Where the server of this home listens. */
export const socketFolderOf = (home: string): string => {
  const near = join(home, 'socket')
  const name = `waybill-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`
  return [near, join(tmpdir(), name), join('/tmp', name)].find(fits) ?? near
}

/**
 * The folder of mode 0700 for Postgres's socket: below `home`, or, where that path is too long for a socket, a short one
 * in the system's temporary folder that is named by a hash of `home`. Throws `unavailable` when somebody else made it.
 */
export const ensureSocketFolder = async (home: string, owner: Owner): Promise<string> => {
  const near = join(home, 'socket')
  const folder = socketFolderOf(home)
  await mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
    if (errnoOf(error) !== 'EEXIST') throw error
  })
  const found = await lstat(folder)
  // Anybody may make folders in the temporary one; what root made, or the server's own user, is ours.
  const ours = [owner.uid, ourselves().uid].includes(found.uid)
  if (!found.isDirectory() || (folder !== near && !(ours && (found.mode & 0o777) === 0o700))) {
    throw new PlatformError('unavailable', `${folder}, where Postgres's socket goes, is not ours alone: remove it`)
  }
  await chown(folder, owner.uid, owner.gid)
  await chmod(folder, 0o700)
  return folder
}

/** Whether a server answers at the socket: one that no process list shows us runs in another container. */
export const isAnswering = (folder: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(socketFile(folder))
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })
