import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openEngines, openSeparateEventStore, type Engines } from '../engines.ts'
import { readConfig, type Config } from '../platform/config/config.ts'
import { createLog } from '../platform/log/log.ts'
import { Failure } from './failure.ts'

const log = () => createLog({ level: 'warn' })

/** A command that only reads makes no data folder where there is none. */
const requireData = ({ database, dataFolder }: Config): void => {
  if (database !== undefined || existsSync(join(dataFolder, 'postgres', 'cluster'))) return
  throw new Failure(
    'not-found',
    `there is no data of Waybill in ${dataFolder}: call it where Waybill was started, or set WAYBILL_DATA or WAYBILL_DATABASE`,
  )
}

/**
 * The engines that WAYBILL_ variables name; those that a started Waybill runs are shared with it.
 * @throws {ConfigError} @throws {PlatformError} `unavailable` @throws {Failure} `not-found`: nothing was ever started here
 */
export const openData = async (): Promise<Engines> => {
  const config = readConfig(process.env)
  requireData(config)
  return openEngines(config, log(), { beside: true })
}

/** The log alone: where it is an EventStoreDB, no database is opened. Throws as `openData`. */
export const openLog = async (): Promise<Pick<Engines, 'store' | 'close'>> => {
  const config = readConfig(process.env)
  if (config.eventStore === undefined) {
    requireData(config)
    return openEngines(config, log(), { beside: true })
  }
  const store = await openSeparateEventStore(config.eventStore, log())
  return { store, close: () => store.close() }
}
