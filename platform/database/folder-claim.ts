import { mkdir, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PlatformError } from '../platform-error.ts'
import { errnoOf } from './errno.ts'

/** The proof that this process alone works in a folder. */
export interface FolderClaim {
  release(): Promise<void>
}

const ATTEMPTS = 5
const LONGEST_PAUSE_MS = 100

/**
 * Claims a folder for this process. Each process lays down a file of its own, named by what identifies a process for
 * ever (id, start time, boot, process namespace), then looks for others: so a claim whose process is dead is removed
 * without any risk of removing a live one. Of two that start together at most one wins. Throws `unavailable` when
 * another live process holds the folder.
 */
export const claimFolder = async (home: string): Promise<FolderClaim> => {
  const folder = join(home, 'running')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const own = (await identityOf('self')) ?? missingProc()
  const place = join(folder, own)
  for (let attempt = 1; ; attempt++) {
    await writeFile(place, '', { flag: 'wx' }).catch((error: unknown) => {
      throw errnoOf(error) === 'EEXIST' ? inUse(home, process.pid) : error
    })
    const holder = await otherHolder(folder, own)
    if (holder === undefined) return { release: () => rm(place, { force: true }) }
    await rm(place, { force: true })
    if (attempt === ATTEMPTS) throw inUse(home, holder)
    // Perhaps we both have just started and saw each other: whoever wakes first wins.
    await pause(Math.random() * LONGEST_PAUSE_MS)
  }
}

/** The process id of another live claim. Claims of dead processes are cleared away. */
const otherHolder = async (folder: string, own: string): Promise<number | undefined> => {
  for (const name of await readdir(folder)) {
    if (name === own) continue
    const pid = Number.parseInt(name, 10)
    if ((await identityOf(pid)) === name) return pid
    await rm(join(folder, name), { force: true })
  }
  return undefined
}

/** A name that no other process will ever have, or undefined when there is no such process. */
const identityOf = async (pid: number | 'self'): Promise<string | undefined> => {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8')
    // Fields 3 and 22 of proc_pid_stat(5); the name in parentheses before them may hold spaces and parentheses.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    // Dead, but its parent has not asked for its exit code yet.
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const startTime = fields[19]
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    // Process ids mean nothing outside their namespace; claims from another container count as dead, and the check of
    // the server's socket tells whether it is.
    const namespace = (await readlink('/proc/self/ns/pid')).replace(/\D/g, '')
    return `${Number.parseInt(text, 10)}-${startTime}-${namespace}-${boot}`
  } catch {
    return undefined
  }
}

const inUse = (home: string, pid: number): PlatformError =>
  new PlatformError(
    'unavailable',
    `another Waybill (process ${pid}) works in ${home}: stop it first, or set WAYBILL_DATA to another folder`,
  )

const missingProc = (): never => {
  throw new PlatformError('unavailable', 'the embedded Postgres needs /proc: set WAYBILL_DATABASE')
}
