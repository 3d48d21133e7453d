import { openEngines } from '../engines.ts'
import { readConfig } from '../platform/config/config.ts'
import type { EventStore, Position } from '../platform/event-store/event-store.ts'
import { createLog } from '../platform/log/log.ts'
import { READ_MODELS } from '../projections/models.ts'
import type { ReadModel } from '../projections/read-model.ts'
import { rebuildTogether } from '../projections/rebuild.ts'
import { adoptStore } from '../projections/store-identity.ts'
import { EXIT } from './exit-codes.ts'
import { asFailed, wrongCall } from './failure.ts'
import { logShare, LOG_SHARES } from './log-share.ts'
import { openProgress } from './progress.ts'
import type { Session } from './session.ts'

interface RebuildArguments {
  readonly models: readonly string[]
  readonly all: boolean
}

interface Rebuilt {
  readonly model: string
  readonly events: number
  readonly seconds: number
}

const chosen = ({ models, all }: RebuildArguments): readonly ReadModel[] => {
  if (all) return READ_MODELS
  const known = READ_MODELS.map(({ name }) => name).join(', ')
  if (models.length === 0) throw wrongCall(`say which models to rebuild (${known}), or --all`)
  const unknown = models.find((name) => !READ_MODELS.some((model) => model.name === name))
  if (unknown !== undefined) throw wrongCall(`there is no read model "${unknown}"; there are ${known}`)
  return READ_MODELS.filter(({ name }) => models.includes(name))
}

const lineOf = ({ model, events, seconds }: Rebuilt): string => {
  const rate = Math.round(events / Math.max(seconds, 0.001))
  return `${model.padEnd(20)} ${events} events in ${seconds.toFixed(1)} s (${rate}/s)`
}

/** In one pass over the log, so that all of them took as long. */
const rebuildInOnePass = async (
  sql: Parameters<typeof rebuildTogether>[0],
  store: EventStore,
  models: readonly ReadModel[],
  { output, interrupted }: Session,
): Promise<readonly Rebuilt[]> => {
  const signal = interrupted()
  const head = await store.head()
  const [first] = models
  const what = models.length === 1 && first !== undefined ? first.name : `${models.length} read models`
  const bar = openProgress(output, what, LOG_SHARES)
  const began = performance.now()
  let events = 0
  try {
    await rebuildTogether(sql, store, models, (count: number, position: Position) => {
      // what is half built is dropped by the next rebuild, and the live one is untouched
      signal.throwIfAborted()
      events = count
      bar.at(logShare(position, head), `${count} events`)
    })
  } finally {
    bar.stop()
  }
  const seconds = Math.round(performance.now() - began) / 1000
  return models.map(({ name }) => ({ model: name, events, seconds }))
}

const rebuildAll = async (asked: RebuildArguments, session: Session): Promise<number> => {
  const { output } = session
  const models = chosen(asked)
  session.interrupted()
  const engines = await openEngines(readConfig(process.env), createLog({ level: 'warn' }), { beside: true })
  try {
    const { database, store, storeId } = engines
    if (asked.all) await adoptStore(database.long, storeId)
    const done = await rebuildInOnePass(database.long, store, models, session)
    if (output.json) await output.document(done)
    else for (const one of done) await output.say(lineOf(one))
  } finally {
    await engines.close()
  }
  return EXIT.done[0]
}

/**
 * `waybill rebuild`: builds the models beside the live ones and switches each when it has caught up; a running Waybill goes
 * on serving all the while. `--all` also adopts the event store that is configured now.
 */
export const rebuildModels = (asked: RebuildArguments, session: Session): Promise<number> =>
  rebuildAll(asked, session).catch(asFailed)
