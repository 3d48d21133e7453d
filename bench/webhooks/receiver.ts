import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A request as it was sent, without what belongs to the connection. */
export interface Kept {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An event that came. Instants are milliseconds since the epoch. */
export interface Arrival {
  readonly id: string
  /** When its command began the append, to the millisecond. */
  readonly happenedAt: number
  /** When the receiver had the whole request. */
  readonly at: number
}

export interface Received {
  readonly count: number
  readonly firstAt: number
  readonly lastAt: number
}

export type ReceiverQuestion = { readonly id: number } & (
  | { readonly ask: 'forget' }
  | { readonly ask: 'arrivals' }
  | { readonly ask: 'reached'; readonly count: number; readonly withinMs: number }
)

export interface ReceiverAnswer extends Partial<Received> {
  readonly id: number
  readonly port?: number
  readonly arrivals?: readonly Arrival[]
}

/** A receiver in a process of its own that answers 204 to every POST. */
export interface Receiver {
  readonly url: string
  forget(): Promise<void>
  /** Resolves when it has got so many since it forgot. Throws when it has not within the time. */
  reached(count: number, withinMs?: number): Promise<Received>
  arrivals(): Promise<readonly Arrival[]>
  stop(): void
}

const WITHIN_MS = 120_000

type Asked = ReceiverQuestion extends infer One ? (One extends unknown ? Omit<One, 'id'> : never) : never

export async function startReceiver(): Promise<Receiver> {
  const child = fork(join(import.meta.dirname, 'receiver-process.ts'), { serialization: 'advanced' })
  const killOnExit = (): void => void child.kill('SIGKILL')
  process.on('exit', killOnExit)
  const [{ port }] = (await once(child, 'message')) as [ReceiverAnswer]
  const asking = new Map<number, (answer: ReceiverAnswer) => void>()
  child.on('message', (answer: ReceiverAnswer) => {
    asking.get(answer.id)?.(answer)
    asking.delete(answer.id)
  })
  let questions = 0
  const ask = (question: Asked): Promise<ReceiverAnswer> =>
    new Promise((resolve) => {
      const id = (questions += 1)
      asking.set(id, resolve)
      child.send({ id, ...question })
    })
  return {
    url: `http://127.0.0.1:${port}/`,
    async forget() {
      await ask({ ask: 'forget' })
    },
    async reached(count, withinMs = WITHIN_MS) {
      const {
        count: got = 0,
        firstAt = Number.NaN,
        lastAt = Number.NaN,
      } = await ask({ ask: 'reached', count, withinMs })
      if (got < count) throw new Error(`The receiver has got ${got} of ${count} deliveries within ${withinMs} ms.`)
      return { count: got, firstAt, lastAt }
    },
    arrivals: async () => (await ask({ ask: 'arrivals' })).arrivals ?? [],
    stop() {
      process.off('exit', killOnExit)
      child.kill('SIGKILL')
    },
  }
}
