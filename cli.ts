import { parseArgs } from 'node:util'
import { ConfigError, readConfig, type Config } from './platform/config/config.ts'
import { createLog } from './platform/log/log.ts'
import { PlatformError } from './platform/platform-error.ts'
import { startWaybill } from './main.ts'
import { rebuildModels } from './rebuild-models.ts'
import { VERSION } from './version.ts'

const USAGE = `waybill ${VERSION}

  waybill start                      serve (settings: WAYBILL_* environment variables)
  waybill rebuild MODEL... | --all   build read models anew from the log, beside the live ones
  waybill --version | --help

Exit codes: 0 done, 1 could not be done, 2 the call is wrong.
`

const say = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const complain = (text: string): void => {
  process.stderr.write(`waybill: ${text}\n`)
}

/** Resolves with the first signal that asks the process to end. A second one ends it at once. */
const signalled = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        // npm and a terminal both pass on one Ctrl-C, so that a repeat within a moment is not a second wish
        if (asked) return
        asked = true
        resolve(signal)
      })
    }
  })

const start = async (config: Config): Promise<number> => {
  const log = createLog({ level: config.logLevel })
  const stop = signalled()
  const waybill = await Promise.race([startWaybill(config, log), stop])
  if (typeof waybill === 'string') return 0
  say(`Waybill ${VERSION} listens on ${waybill.url}`)
  if (waybill.adminPassword !== undefined)
    say(`Sign in as admin with the password ${waybill.adminPassword} (kept in ${config.dataFolder}/admin-password)`)
  const why = await Promise.race([stop, waybill.failed])
  await waybill.stop()
  if (typeof why === 'string') return 0
  complain(why.message)
  return 1
}

const commandOf = async (argv: readonly string[]): Promise<number> => {
  const { positionals, values } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      all: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', short: 'v', default: false },
    },
  })
  const [command, ...names] = positionals
  if (values.version) {
    say(VERSION)
    return 0
  }
  if (values.help) {
    say(USAGE)
    return 0
  }
  switch (command) {
    case 'start':
      return start(readConfig(process.env))
    case 'rebuild':
      return rebuildModels(readConfig(process.env), names, values.all)
    default:
      complain(command === undefined ? 'say what to do' : `there is no command "${command}"`)
      process.stderr.write(USAGE)
      return 2
  }
}

/** The `waybill` command; resolves with its exit code. */
export const main = async (argv: readonly string[]): Promise<number> => {
  try {
    return await commandOf(argv)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (error instanceof ConfigError || error instanceof PlatformError || code === 'invalid-input') {
      complain(message)
      return 1
    }
    if (code?.startsWith('ERR_PARSE_ARGS') === true) {
      complain(message)
      return 2
    }
    throw error
  }
}
