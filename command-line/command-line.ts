import { VERSION } from '../version.ts'
import { EXIT } from './exit-codes.ts'
import { shownFailure, type ShownFailure } from './failure.ts'
import { ReaderGone } from './output.ts'
import { parseCall } from './parse-call.ts'
import { plain } from './plain-text.ts'
import { openSession } from './session.ts'

const complain = (json: boolean, { code, message }: Omit<ShownFailure, 'exitCode'>): void => {
  process.stderr.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `waybill: ${plain(message)}\n`)
}

/** Asked before the call is understood, because a call that is not understood is answered in the form asked for too. */
const wantsJson = (argv: readonly string[]): boolean => {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? undefined : end).includes('--json')
}

/** Carries out a call of the `waybill` command; resolves with its exit code. What nobody foresaw is thrown. */
export const runCommandLine = async (argv: readonly string[]): Promise<number> => {
  const json = wantsJson(argv)
  const session = openSession(json)
  try {
    const call = await parseCall(argv, VERSION)
    if (call.kind === 'task') return await call.task(session)
    if (call.kind === 'text') {
      await session.output.say(call.text)
      return EXIT.done[0]
    }
    complain(json, { code: 'usage', message: call.message })
    if (!json) process.stderr.write(argv.length === 0 ? `${call.help}\n` : 'waybill --help says what there is\n')
    return EXIT.usage[0]
  } catch (error) {
    // whoever read has seen enough
    if (error instanceof ReaderGone) return EXIT.done[0]
    const shown = shownFailure(error)
    if (shown === undefined) throw error
    complain(json, shown)
    return shown.exitCode
  }
}
