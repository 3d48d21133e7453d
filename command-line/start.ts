import { startWaybill } from '../main.ts'
import { readConfig } from '../platform/config/config.ts'
import { createLog } from '../platform/log/log.ts'
import { VERSION } from '../version.ts'
import { EXIT } from './exit-codes.ts'
import { asFailed, Failure } from './failure.ts'
import type { Session } from './session.ts'

/** Resolves with the first signal that asks the process to end. A second one changes nothing: it stops within 5 s. */
const signalled = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal))
  })

/** `waybill start`: serves until a signal asks it to end, or until it cannot go on. */
export const start = async ({ output }: Session): Promise<number> => {
  const config = readConfig(process.env)
  const log = createLog({ level: config.logLevel })
  const stop = signalled()
  const waybill = await Promise.race([startWaybill(config, log), stop]).catch(asFailed)
  if (typeof waybill === 'string') return EXIT.done[0]
  const { url, adminPassword } = waybill
  if (output.json) await output.say(JSON.stringify({ version: VERSION, url, adminPassword }))
  else {
    await output.say(`Waybill ${VERSION} listens on ${url}`)
    if (adminPassword !== undefined)
      await output.say(
        `Sign in as admin with the password ${adminPassword} (kept in ${config.dataFolder}/admin-password)`,
      )
  }
  const why = await Promise.race([stop, waybill.failed])
  await waybill.stop()
  if (typeof why === 'string') return EXIT.done[0]
  throw new Failure('failed', why.message, { cause: why })
}
