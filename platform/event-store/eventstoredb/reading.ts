import { setTimeout as delay } from 'node:timers/promises'
import type { StreamingRead } from '@eventstore/db-client'
import { hasCode, PlatformError } from '../../platform-error.ts'
import type { Connection, Link } from './connection.ts'
import { readFailureOf, readRemedyOf } from './failures.ts'

/** How long a read is tried again: as long as a broken connection takes to be made anew, not as long as a restart. */
const PATIENCE_MS = 1000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 250
/** A read of which nothing arrives for this long is given up; the client alone would wait for 15 s, or for ever. */
const SILENCE_MS = 5000
const CHECK_MS = 500

/**
 * Runs a read to its end, on a new link when the one under it broke.
 * @throws {PlatformError} `unavailable` | `timeout`
 * @throws {RangeError} there is no event at the position to read from
 */
export const reading = async <Result>(
  connection: Connection,
  read: (link: Link) => Promise<Result>,
): Promise<Result> => {
  const start = performance.now()
  let failingSince: number | undefined
  let pause = FIRST_PAUSE_MS
  for (;;) {
    const link = await connection.ready()
    let cause: unknown
    try {
      const result = await read(link)
      if (!link.over) return result
    } catch (error) {
      if (hasCode(error, 'timeout')) connection.renewSilent(link, 'a read was not answered')
      if (error instanceof PlatformError) throw error
      connection.renew(link, readRemedyOf(error))
      if (!link.over && readFailureOf(error) !== 'passing') throw lasting(error)
      cause = error
    }
    const now = performance.now()
    // It would be as long again until the next link is known to be silent too.
    if (link.wasSilent && now - start >= PATIENCE_MS) throw new PlatformError('timeout', 'the event store is silent')
    failingSince ??= now
    if (now - failingSince >= PATIENCE_MS) {
      throw new PlatformError('unavailable', 'the event store cannot be reached', { cause })
    }
    await delay(pause)
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
  }
}

/** What a reader is told of an error that stays. */
export const lasting = (error: unknown): Error =>
  readFailureOf(error) === 'invalid-position'
    ? new RangeError('the log has no event at the position that was to be read from', { cause: error })
    : new PlatformError('unavailable', 'the event store refuses the read', { cause: error })

/**
 * Hands what the server sends to `take` until it wants no more. The rest is then cancelled, but taken to its end: a read that
 * is left before can never be disposed of.
 * @throws {PlatformError} `timeout` when nothing arrives for 5 s
 */
export const through = async <Event>(
  read: StreamingRead<Event>,
  take: (event: Event) => 'more' | 'enough',
): Promise<void> => {
  read.on('error', () => undefined) // the iteration below throws it; after a timeout nobody wants it
  let quietChecks = 0
  const cancel = (): void => void read.cancel().catch(() => undefined) // it never began
  const all = async (): Promise<void> => {
    let enough = false
    for await (const event of read as AsyncIterable<Event>) {
      quietChecks = 0
      if (enough || take(event) === 'more') continue
      enough = true
      cancel()
    }
  }
  const { promise: silence, reject } = Promise.withResolvers<never>()
  // Checks are counted, so that a process that stood still itself does not blame the server.
  const checking = setInterval(() => {
    quietChecks += 1
    if (quietChecks * CHECK_MS < SILENCE_MS) return
    reject(new PlatformError('timeout', `the event store sent nothing for ${SILENCE_MS} ms`))
  }, CHECK_MS)
  try {
    await Promise.race([all(), silence])
  } finally {
    clearInterval(checking)
    cancel()
  }
}
