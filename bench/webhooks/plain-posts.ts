import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Receiver } from './receiver.ts'

export interface PostReport {
  readonly posts: number
  /** Of all bodies. */
  readonly bytes: number
  readonly seconds: number
}

const run = promisify(execFile)

/** What the receiver has kept, once more, `inFlight` at a time: the same bodies with the same headers, without us. */
export async function postAgain(receiver: Receiver, inFlight: number): Promise<PostReport> {
  const { stdout } = await run(process.execPath, [
    join(import.meta.dirname, 'post-process.ts'),
    receiver.url,
    String(inFlight),
  ])
  return JSON.parse(stdout) as PostReport
}
