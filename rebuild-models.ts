import { openEngines } from './engines.ts'
import type { Config } from './platform/config/config.ts'
import { createLog } from './platform/log/log.ts'
import { READ_MODELS } from './projections/models.ts'
import { rebuild } from './projections/rebuild.ts'
import { adoptStore } from './projections/store-identity.ts'
import type { ReadModel } from './projections/read-model.ts'

const chosen = (names: readonly string[], all: boolean): readonly ReadModel[] | string => {
  if (all) return READ_MODELS
  const known = READ_MODELS.map(({ name }) => name).join(', ')
  if (names.length === 0) return `say which models to rebuild (${known}), or --all`
  const unknown = names.find((name) => !READ_MODELS.some((model) => model.name === name))
  if (unknown !== undefined) return `there is no read model "${unknown}"; there are ${known}`
  return READ_MODELS.filter(({ name }) => names.includes(name))
}

const BAR = 30

/** One line that is drawn over while a model is built; a line per model where the output is no terminal. */
const progressLine = (name: string, total: number) => {
  const draw = (events: number): void => {
    if (!process.stdout.isTTY) return
    const share = total === 0 ? 1 : Math.min(1, events / total)
    const bar = '#'.repeat(Math.round(share * BAR)).padEnd(BAR, '.')
    process.stdout.write(`\r${name.padEnd(20)} [${bar}] ${events} events`)
  }
  const finish = (events: number, seconds: number): void => {
    const rate = Math.round(events / Math.max(seconds, 0.001))
    const line = `${name.padEnd(20)} ${events} events in ${seconds.toFixed(1)} s (${rate}/s)`
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}\n` : `${line}\n`)
  }
  return { draw, finish }
}

/**
 * `waybill rebuild`: builds the models beside the live ones and switches each when it has caught up; a running Waybill goes
 * on serving all the while. `--all` also adopts the event store that is configured now.
 */
export const rebuildModels = async (config: Config, names: readonly string[], all: boolean): Promise<number> => {
  const models = chosen(names, all)
  if (typeof models === 'string') {
    process.stderr.write(`waybill: ${models}\n`)
    return 2
  }
  const engines = await openEngines(config, createLog({ level: 'warn' }), { beside: true })
  try {
    const { database, store, storeId } = engines
    if (all) await adoptStore(database.long, storeId)
    let total = 0
    for (const model of models) {
      const began = performance.now()
      const line = progressLine(model.name, total)
      let events = 0
      await rebuild(database.long, store, model, (count) => {
        events = count
        line.draw(count)
      })
      total = Math.max(total, events)
      line.finish(events, (performance.now() - began) / 1000)
    }
    return 0
  } finally {
    await engines.close()
  }
}
