import { interruption } from './interruption.ts'
import { openOutput, type Output } from './output.ts'

/** What a command works with while it runs. */
export interface Session {
  readonly output: Output
  /** Aborts when the call is to end; asked for by commands that end by themselves then. */
  interrupted(): AbortSignal
}

/** A command that was chosen; what it needs is loaded when it begins. Resolves with the exit code, or throws a failure. */
export type Task = (session: Session) => Promise<number>

export const openSession = (json: boolean): Session => {
  let signal: AbortSignal | undefined
  return { output: openOutput(json), interrupted: () => (signal ??= interruption()) }
}
