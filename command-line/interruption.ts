import { EXIT } from './exit-codes.ts'
import { Failure } from './failure.ts'

const EXIT_OF = { SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'terminated' } as const

/** npm and a terminal both pass on one Ctrl-C, so that a repeat within this many milliseconds is not a second wish. */
const SAME_WISH_MILLISECONDS = 500

/**
 * Aborts with the first signal that asks the process to end, with the failure that the call ends with then. A second one, for
 * those who do not want to wait until things are tidied up, ends the process at once.
 */
export const interruption = (): AbortSignal => {
  const controller = new AbortController()
  let asked: number | undefined
  for (const [signal, exit] of Object.entries(EXIT_OF)) {
    process.on(signal, () => {
      if (asked !== undefined && performance.now() - asked > SAME_WISH_MILLISECONDS) process.exit(EXIT[exit][0])
      asked ??= performance.now()
      controller.abort(new Failure(exit, 'interrupted', { exit }))
    })
  }
  return controller.signal
}
