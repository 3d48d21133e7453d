import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { PlatformError } from '../platform-error.ts'
import type { DatabaseLog } from './database-log.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { commandAs, type ServerIdentity } from './server-command.ts'
import { killServers, sendSignal } from './server-processes.ts'

/** A running Postgres server that we started. */
export interface Postmaster {
  /** Resolves when the server's processes have ended, for whatever reason, with what it last said. */
  readonly ended: Promise<string>
  /** Ends the server within 4 s: open transactions are rolled back, what was committed stays. */
  stop(): Promise<void>
}

/** A fast shutdown writes a checkpoint; when that takes too long the next start recovers instead. */
const FAST_MS = 2_500
const IMMEDIATE_MS = 1_000
const PROGRESS_MS = 5_000
const REMEMBERED_LINES = 20

/** Starts Postgres on a cluster and waits until it takes connections. Throws `unavailable` with what Postgres said. */
export const startPostmaster = async (
  cluster: string,
  binaries: PostgresBinaries,
  identity: ServerIdentity,
  log: DatabaseLog,
): Promise<Postmaster> => {
  const command = commandAs(identity, binaries, binaries.postgres, ['-D', cluster])
  const child = spawn(command.file, command.args, {
    ...command.options,
    // Its own process group: Ctrl-C in the terminal reaches us alone, and we stop Postgres after our own work.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = listen(child, log)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(said() ?? `it ended with ${signal ?? `code ${code}`}`))
  })
  // The last chance to take Postgres along when our process ends without having called stop.
  const onExit = (): void => {
    if (child.pid !== undefined) sendSignal(child.pid, 'SIGINT')
  }
  process.once('exit', onExit)
  void ended.then(() => process.off('exit', onExit))

  await ready(cluster, child, ended, log)
  return { ended, stop: () => stop(cluster, child, ended) }
}

const stop = async (cluster: string, child: ChildProcess, ended: Promise<string>): Promise<void> => {
  if (await endsAfter(() => signal(child, 'SIGINT'), ended, FAST_MS)) return
  if (await endsAfter(() => signal(child, 'SIGQUIT'), ended, IMMEDIATE_MS)) return
  await killServers(cluster)
  await ended
}

const signal = (child: ChildProcess, name: NodeJS.Signals): void => {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) sendSignal(child.pid, name)
}

const endsAfter = async (act: () => void, ended: Promise<string>, patienceMs: number): Promise<boolean> => {
  act()
  const abort = new AbortController()
  const patience = pause(patienceMs, false, { signal: abort.signal }).catch(() => false)
  const result = await Promise.race([ended.then(() => true), patience])
  abort.abort()
  return result
}

/** Passes Postgres's messages on to our log; what it returns tells the most telling of the last ones. */
const listen = (child: ChildProcess, log: DatabaseLog): (() => string | undefined) => {
  const said: string[] = []
  if (child.stderr === null) return () => undefined
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    if (said.length > REMEMBERED_LINES) said.shift()
    if (SERIOUS.test(line)) log.warn({ source: 'postgres' }, line)
    else log.debug({ source: 'postgres' }, line)
  })
  return () => (said.findLast((line) => SERIOUS.test(line)) ?? said.at(-1))?.replace(/^[A-Z]+:\s+/, '')
}

const SERIOUS = /^(?:WARNING|FATAL|PANIC):/

const ready = async (cluster: string, child: ChildProcess, ended: Promise<string>, log: DatabaseLog): Promise<void> => {
  const started = performance.now()
  let reported = started
  let reason: string | undefined
  void ended.then((said) => (reason = said))
  for (;;) {
    if (reason !== undefined) throw new PlatformError('unavailable', `Postgres did not start: ${reason}`)
    const lines = await pidFile(cluster)
    if (Number(lines[0]) === child.pid && lines[7]?.trim() === 'ready') return
    if (performance.now() - reported > PROGRESS_MS) {
      reported = performance.now()
      log.info(
        { seconds: Math.round((reported - started) / 1000) },
        'Postgres is still starting: it recovers from a crash',
      )
    }
    await pause(10)
  }
}

/** postmaster.pid: process id, folder, start time, port, socket folder, listen address, shared memory, status. */
const pidFile = async (cluster: string): Promise<readonly string[]> => {
  // Absent until the server has got that far, and half-written for a moment.
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  return text.split('\n')
}
