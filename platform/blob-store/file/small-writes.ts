import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { PlatformError } from '../../platform-error.ts'
import { diskFailure } from './disk.ts'
import type { SmallBlob } from './small-blobs.ts'
import type { WriteAnswer, WriteRequest } from './writing-thread.ts'

/**
 * Small blobs written by a thread of their own. A blob is seven calls of the disk: made one by one from the event loop, waking
 * threads for them and being woken by them costs more processor time than the calls.
 */
export interface SmallWrites {
  /**
   * Durable when it resolves, with the size of what had the name before: see `Outcome`. The buffer behind the bytes is
   * handed over to the thread.
   * @throws {PlatformError} `unavailable`
   */
  keep(blob: SmallBlob): Promise<number | undefined>
  /** Waits for what is under way. */
  close(): Promise<void>
}

interface Waiting {
  readonly resolve: (present: number | undefined) => void
  readonly reject: (error: PlatformError) => void
}

/** Beside this file, and in a packed product, where it is JavaScript, like this file. */
const THREAD = new URL(`./writing-thread${extname(new URL(import.meta.url).pathname)}`, import.meta.url)

export const openSmallWrites = (): SmallWrites => {
  const waiting = new Map<number, Waiting>()
  let thread: Worker | undefined
  let requests = 0
  let idle: (() => void) | undefined

  const settle = ({ id, present, failed }: WriteAnswer): void => {
    const one = waiting.get(id)
    waiting.delete(id)
    if (failed === undefined) one?.resolve(present)
    else one?.reject(diskFailure({ code: failed }))
  }

  const rest = (): void => {
    if (waiting.size > 0) return
    thread?.unref()
    idle?.()
  }

  const start = (): Worker => {
    // without the options of the process: --input-type and the like are refused for a thread
    const started = new Worker(THREAD, { name: 'blob writes', execArgv: [] })
    let reason: unknown
    started.on('message', (answers: readonly WriteAnswer[]) => {
      for (const answer of answers) settle(answer)
      rest()
    })
    started.on('error', (error: unknown) => (reason = error))
    // nobody can say what became of the writes under way: they are refused, and may be sent again
    started.on('exit', () => {
      if (thread === started) thread = undefined
      const error = new PlatformError('unavailable', 'the writing thread of the blob store ended', { cause: reason })
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
      rest()
    })
    return started
  }

  return {
    keep: (blob) =>
      new Promise((resolve, reject) => {
        const id = requests++
        thread ??= start()
        thread.ref()
        waiting.set(id, { resolve, reject })
        thread.postMessage({ id, blob } satisfies WriteRequest, [blob.bytes.buffer as ArrayBuffer])
      }),
    async close() {
      if (waiting.size > 0) await new Promise<void>((resolve) => (idle = resolve))
      await thread?.terminate()
    },
  }
}
