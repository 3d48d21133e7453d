import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { PlatformError } from '../platform-error.ts'
import type { DatabaseLog } from './database-log.ts'
import { errnoOf } from './errno.ts'

interface ServerProcess {
  readonly pid: number
  readonly parent: number
}

/**
 * The Postgres processes that work in this cluster folder. They are recognised by their working directory, which every
 * Postgres process sets to its cluster: a process id in a file may meanwhile belong to anybody.
 */
export const serversOn = async (cluster: string): Promise<readonly ServerProcess[]> => {
  const folder = await stat(cluster)
  const found: ServerProcess[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const place = await stat(`/proc/${name}/cwd`)
      if (place.dev !== folder.dev || place.ino !== folder.ino) continue
      if (basename(await readlink(`/proc/${name}/exe`)).split(' ')[0] !== 'postgres') continue
      found.push({ pid: Number(name), parent: await parentOf(name) })
    } catch {
      // The process has ended, or belongs to somebody else and is then no server of ours.
    }
  }
  return found
}

const parentOf = async (pid: string): Promise<number> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold anything, also spaces and parentheses.
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
}

const FAST_MS = 10_000
const IMMEDIATE_MS = 3_000

/**
 * Stops what a run before this one left behind in `cluster`, gently first, and waits until no process is left: Postgres
 * must never run twice on one folder. Throws `unavailable` when the processes do not end.
 */
export const stopOrphans = async (cluster: string, log: DatabaseLog): Promise<void> => {
  if ((await serversOn(cluster)).length === 0) return
  log.warn({ cluster }, 'a Postgres of an earlier run is still there: stopping it')
  if (await signalUntilGone(cluster, 'SIGINT', FAST_MS)) return
  if (await signalUntilGone(cluster, 'SIGQUIT', IMMEDIATE_MS)) return
  if (await signalUntilGone(cluster, 'SIGKILL', IMMEDIATE_MS)) return
  const left = await serversOn(cluster)
  throw new PlatformError(
    'unavailable',
    `a Postgres of an earlier run does not end (process ${left.map(({ pid }) => pid).join(', ')} on ${cluster})`,
  )
}

const signalUntilGone = async (cluster: string, signal: NodeJS.Signals, patienceMs: number): Promise<boolean> => {
  const deadline = performance.now() + patienceMs
  const told = new Set<number>()
  while (performance.now() < deadline) {
    const processes = await serversOn(cluster)
    if (processes.length === 0) return true
    const pids = new Set(processes.map(({ pid }) => pid))
    for (const { pid, parent } of processes) {
      // The postmaster tells its children; without one (it was killed) they end by themselves.
      const chosen = signal === 'SIGKILL' || !pids.has(parent)
      if (chosen && !told.has(pid)) {
        told.add(pid)
        sendSignal(pid, signal)
      }
    }
    await pause(20)
  }
  return false
}

/** Ends every process of the cluster at once. What was committed is safe; the next start recovers. */
export const killServers = async (cluster: string): Promise<void> => {
  for (const { pid } of await serversOn(cluster)) sendSignal(pid, 'SIGKILL')
}

/** Sends a signal to a process that may have ended. */
export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error
  }
}
