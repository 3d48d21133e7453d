import type { Sql } from 'postgres'
import type { Position, RecordedEvent } from '../platform/event-store/event-store.ts'
import type { Log } from '../platform/log/log.ts'
import type { Tail } from '../platform/event-store/tail.ts'
import { applyBatch, type BuiltModel } from './apply-batch.ts'
import { CheckpointMoved, listBuilds } from './builds.ts'
import { findPoison } from './poison.ts'
import type { ReadModel } from './read-model.ts'
import { LocalProgress } from './read-models.ts'

export interface Projector {
  readonly progress: LocalProgress
  /** Models that stand still at an event they cannot apply, with the reason. */
  halted(): readonly { readonly model: string; readonly reason: string }[]
  stop(): Promise<void>
}

/** How often a halted model is looked at: `waybill rebuild` of another process may have put a sound build in its place. */
const HALTED_LOOK_MS = 1000

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * Keeps the live builds of the read models at the head of the log. All of them move in one transaction per batch; a model that
 * fails is tried alone, halted at the event that it cannot apply, and left out, while the others go on.
 */
export const startProjector = async (
  sql: Sql,
  tail: Tail,
  models: readonly ReadModel[],
  log: Log,
): Promise<Projector> => {
  const stopping = new AbortController()
  let starting = new AbortController()
  let live: BuiltModel[] = []

  const reload = async (): Promise<void> => {
    const builds = await listBuilds(sql)
    live = models.flatMap((model) => {
      const build = builds.find(({ name, live: shown }) => name === model.name && shown)
      return build === undefined ? [] : [{ model, build }]
    })
  }
  const healthy = () => live.filter(({ build }) => build.error === null)
  const lowest = () => healthy().reduce((low, { build }) => (build.checkpoint < low ? build.checkpoint : low), '~')
  await reload()
  const progress = new LocalProgress(lowest())

  const moved = (models: readonly BuiltModel[], to: Position): void => {
    const names = new Set(models.map(({ model }) => model.name))
    live = live.map((entry) =>
      names.has(entry.model.name) ? { ...entry, build: { ...entry.build, checkpoint: to } } : entry,
    )
  }

  const applyAlone = async (entry: BuiltModel, events: readonly RecordedEvent[], to: Position): Promise<void> => {
    const verdict = await findPoison(sql, entry, events, to)
    if (verdict === undefined) {
      moved([entry], to)
      return
    }
    log.error({ model: entry.model.name, reason: verdict }, 'read model halted: it cannot apply an event')
    await reload()
  }

  const advance = async (events: readonly RecordedEvent[], to: Position): Promise<void> => {
    const behind = healthy().filter(({ build }) => build.checkpoint < to)
    if (behind.length === 0) return
    try {
      await applyBatch(sql, behind, events, to)
      moved(behind, to)
    } catch (error) {
      if (error instanceof CheckpointMoved || stopping.signal.aborted) throw error
      log.warn({ err: error }, 'a batch failed; its read models are tried one by one')
      for (const entry of behind) await applyAlone(entry, events, to)
    }
  }

  const startOverWhenRebuilt = async (): Promise<void> => {
    const halted = live.filter(({ build }) => build.error !== null)
    if (halted.length === 0) return
    const builds = await listBuilds(sql)
    const replaced = halted.some(({ build }) =>
      builds.some(({ name, build: number, live: shown }) => shown && name === build.name && number !== build.build),
    )
    if (replaced) starting.abort()
  }

  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        starting = new AbortController()
        const signal = AbortSignal.any([stopping.signal, starting.signal])
        await reload()
        if (healthy().length === 0) {
          await pause(500)
          continue
        }
        for await (const { events, position } of tail.follow(lowest(), { signal, batchSize: 500 })) {
          if (events.length > 0) await advance(events, position)
          progress.advance(lowest())
        }
      } catch (error) {
        if (stopping.signal.aborted) return
        if (error instanceof CheckpointMoved) await pause(5)
        else {
          log.warn({ err: error }, 'the projector starts over after a failure')
          await pause(200)
        }
      }
    }
  }

  const looking = setInterval(() => {
    startOverWhenRebuilt().catch((error: unknown) => log.warn({ err: error }, 'halted read models were not looked at'))
  }, HALTED_LOOK_MS)
  const running = follow()
  return {
    progress,
    halted: () =>
      live.flatMap(({ model, build }) => (build.error === null ? [] : [{ model: model.name, reason: build.error }])),
    async stop() {
      clearInterval(looking)
      stopping.abort()
      await running
    },
  }
}
