import type { JetStreamManager, StreamConfig } from 'nats'
import { DiscardPolicy, nanos, RetentionPolicy, StorageType } from 'nats'
import type { Log } from '../../log/log.ts'
import type { NatsAccess } from './nats-connection.ts'
import { isClosed, isNoStream, isOtherConfig } from './nats-failures.ts'
import type { Names } from './names.ts'

/** The streams of a queue, which are made again when the server has lost them. */
export interface Streams {
  /** When the stream of jobs was made: another one knows nothing of the jobs of this one. */
  readonly generation: string
  /** False: the connection broke, and whether the streams are still the same is not known yet. */
  readonly sure: boolean
  onChange(listener: () => void): () => void
  /** After every reconnection, once it is known whether the streams are the same. */
  onReconnect(listener: () => void): () => void
  /** Looks now instead of within a second. Never rejects. */
  look(): Promise<void>
  close(): void
}

const LOOK_MS = 1000

const configs = (names: Names): Partial<StreamConfig>[] => {
  const common = {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_msgs_per_subject: 1,
    // Only for a publish whose answer was lost: it is sent again under the same message id.
    duplicate_window: nanos(30_000),
  }
  const of = (part: 'jobs' | 'tries' | 'dead'): string[] => [names.subject(part, '*', '*', '*')]
  return [
    // A subject that has a message refuses the next: a job that is queued or dead is not queued twice, however long ago it was.
    {
      ...common,
      name: names.jobs,
      subjects: of('jobs'),
      discard: DiscardPolicy.New,
      discard_new_per_subject: true,
    },
    { ...common, name: names.tries, subjects: of('tries'), discard: DiscardPolicy.Old },
    { ...common, name: names.dead, subjects: of('dead'), discard: DiscardPolicy.Old },
  ]
}

const ensure = async (manager: JetStreamManager, names: Names): Promise<string> => {
  for (const config of configs(names)) {
    try {
      await manager.streams.add(config)
    } catch (error) {
      if (!isOtherConfig(error)) throw error
      // replicas and the like may have been changed by whoever runs the server
      const { config: there } = await manager.streams.info(config.name ?? '')
      await manager.streams.update(config.name ?? '', { ...there, ...config })
    }
  }
  return (await manager.streams.info(names.jobs)).created
}

const createdAt = async (manager: JetStreamManager, names: Names): Promise<string | undefined> => {
  try {
    return (await manager.streams.info(names.jobs)).created
  } catch (error) {
    if (isNoStream(error)) return undefined
    throw error
  }
}

/** Makes the streams, and looks every second whether they are still the same. */
export const openStreams = async (
  { connection, streams: manager, state }: NatsAccess,
  names: Names,
  log: Pick<Log, 'warn'>,
): Promise<Streams> => {
  const listeners = new Set<() => void>()
  const reconnected = new Set<() => void>()
  let generation = await ensure(manager, names)
  let sure = true
  let looking: Promise<void> | undefined

  const check = async (): Promise<void> => {
    if (!state.connected) throw new Error('there is no connection')
    const found = await createdAt(manager, names)
    const now = found === generation ? found : await ensure(manager, names)
    sure = true
    if (now === generation) return
    generation = now
    log.warn({ stream: names.jobs }, 'the NATS server came back without its jobs; they are published again')
    for (const listener of [...listeners]) listener()
  }
  const look = (): Promise<void> =>
    (looking ??= check()
      .catch((error: unknown) => {
        // the next look comes within a second, and what needs the server fails by itself
        if (sure && !isClosed(error)) log.warn({ err: error }, 'the NATS server does not answer')
        sure = false
      })
      .finally(() => (looking = undefined)))

  const timer = setInterval(() => void look(), LOOK_MS).unref()

  const watch = async (): Promise<void> => {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') sure = false
      if (type !== 'reconnect') continue
      void look().then(() => {
        for (const listener of [...reconnected]) listener()
      })
    }
  }
  void watch() // ends with the connection

  return {
    get generation() {
      return generation
    },
    get sure() {
      return sure
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onReconnect(listener) {
      reconnected.add(listener)
      return () => reconnected.delete(listener)
    },
    look,
    close: () => clearInterval(timer),
  }
}
