import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const STOP_GRACE_MS = 10_000
const POLL_MS = 50
const LOG = 'server.log'

export interface ChildServerOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Working directory, the server's own: it is removed when the server was stopped. */
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  /** Asked until it answers 200. */
  readonly readyUrl: string
  readonly readyWithinMs: number
}

export interface ChildServer {
  readonly pid: number
  stop(): Promise<void>
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('The system gave no TCP port.')
  return address.port
}

/** Starts a server as a process group of its own and waits until it answers; throws with the end of its log when it does not. */
export async function startChildServer(options: ChildServerOptions): Promise<ChildServer> {
  // Output goes to a file: a pipe that nobody reads fast enough would slow the server down.
  const log = openSync(join(options.folder, LOG), 'a')
  const child = spawn(options.command, options.args, {
    cwd: options.folder,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', log, log],
    detached: true,
  })
  closeSync(log)
  await once(child, 'spawn')
  const pid = child.pid
  if (pid === undefined) throw new Error(`${options.command} did not start.`)
  // A benchmark that ends by an exception or Ctrl-C must not leave servers behind.
  const killOnExit = (): void => {
    signalGroup(pid, 'SIGKILL')
    removeFolder(options.folder)
  }
  process.on('exit', killOnExit)
  const stop = async (): Promise<void> => {
    await stopGroup(child, pid)
    process.off('exit', killOnExit)
    removeFolder(options.folder)
  }
  try {
    await untilReady(child, options)
  } catch (error) {
    await stop()
    throw error
  }
  return { pid, stop }
}

async function untilReady(child: ChildProcess, options: ChildServerOptions): Promise<void> {
  const deadline = performance.now() + options.readyWithinMs
  while (performance.now() < deadline) {
    if (hasEnded(child)) break
    if (await answersOk(options.readyUrl)) return
    await delay(POLL_MS)
  }
  const tail = readFileSync(join(options.folder, LOG), 'utf8').split('\n').slice(-20).join('\n')
  throw new Error(`${options.command} ${options.args.join(' ')} did not answer ${options.readyUrl}:\n${tail}`)
}

async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url)
    await response.arrayBuffer()
    return response.status === 200
  } catch {
    return false // Not listening yet: the caller asks again until its deadline.
  }
}

async function stopGroup(child: ChildProcess, pid: number): Promise<void> {
  if (hasEnded(child)) return
  const ended = once(child, 'exit')
  // The server alone is asked; its own children are its to stop. The group is the backstop.
  child.kill('SIGTERM')
  const inTime = await Promise.race([ended.then(() => true), delay(STOP_GRACE_MS, false, { ref: false })])
  if (inTime) return
  signalGroup(pid, 'SIGKILL')
  await ended
}

function removeFolder(folder: string): void {
  // What a group killed just now still writes makes the removal fail for an instant.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already, which is what was wanted.
  }
}
