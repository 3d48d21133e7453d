import { EXIT, exitOfCode, type ExitName } from './exit-codes.ts'

/**
 * Thrown where a command ends without having done what was asked. `code` is a server's code of refusal or one of the command
 * line's own; `message` is a sentence for the person who called, without a full stop or a name before it.
 */
export class Failure extends Error {
  readonly code: string
  readonly exit: ExitName

  constructor(code: string, message: string, options: ErrorOptions & { readonly exit?: ExitName } = {}) {
    super(message, options)
    this.name = 'Failure'
    this.code = code
    this.exit = options.exit ?? exitOfCode(code) ?? 'failed'
  }
}

/** The call itself is wrong. */
export const wrongCall = (message: string): Failure => new Failure('usage', message, { exit: 'usage' })

/** A failure as it is shown, with the exit code it leads to. */
export interface ShownFailure {
  readonly code: string
  readonly message: string
  readonly exitCode: number
}

/** Codes of errors that are no refusals: of a setting, and of a read model that the log does not fit. */
const FAILED = new Set(['invalid-config', 'event-not-applied'])

/** What is shown of a thrown value; undefined when nobody foresaw it. */
export const shownFailure = (error: unknown): ShownFailure | undefined => {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  if (error instanceof Failure) return { code: error.code, message: error.message, exitCode: EXIT[error.exit][0] }
  if (typeof code !== 'string') return undefined
  // settings, and refusals and failures of the layers below: a sentence each
  const exit = FAILED.has(code) ? 'failed' : exitOfCode(code)
  return exit === undefined ? undefined : { code, message: error.message, exitCode: EXIT[exit][0] }
}

/** Throws a foreseen error anew so that the call ends with "could not be done", whatever a script could do about it. */
export const asFailed = (error: unknown): never => {
  const shown = error instanceof Failure ? undefined : shownFailure(error)
  throw shown === undefined ? error : new Failure(shown.code, shown.message, { cause: error, exit: 'failed' })
}
