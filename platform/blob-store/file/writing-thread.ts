import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import { smallBlobKeeper, type Outcome, type SmallBlob } from './small-blobs.ts'

/** What the thread is sent. */
export interface WriteRequest {
  readonly id: number
  readonly blob: SmallBlob
}

/** What it answers: the system's code of a failure, because an error's own fields do not pass between threads. */
export interface WriteAnswer {
  readonly id: number
  readonly present?: number | undefined
  readonly failed?: string
}

const answerOf = (id: number, outcome: Outcome): WriteAnswer =>
  'failed' in outcome ? { id, failed: outcome.failed.code ?? outcome.failed.message } : { id, present: outcome.present }

/** Writes on the disk at once: while one waits for it, the next one is put together. */
const AT_ONCE = 2

/** Keeps what it is sent; what comes while the disk is busy is kept together next. */
const serve = (port: MessagePort): void => {
  const keep = smallBlobKeeper()
  let waiting: WriteRequest[] = []
  let working = 0

  const work = async (): Promise<void> => {
    working += 1
    while (waiting.length > 0) {
      const requests = waiting
      waiting = []
      const outcomes = await keep(requests.map(({ blob }) => blob))
      port.postMessage(requests.map(({ id }, index) => answerOf(id, outcomes[index] as Outcome)))
      for (let next; (next = receiveMessageOnPort(port)) !== undefined;) waiting.push(next.message as WriteRequest)
    }
    working -= 1
  }
  port.on('message', (request: WriteRequest) => {
    waiting.push(request)
    if (working < AT_ONCE) void work()
  })
}

if (parentPort !== null) serve(parentPort)
