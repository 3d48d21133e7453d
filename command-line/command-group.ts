import type { Argv } from 'yargs'
import type { Task } from './session.ts'

/** Called by the command that a call names, instead of doing its work inside the parser. */
export type Choose = (task: Task) => void

/** Adds the commands of one group to the parser. */
export type AddCommands = (parser: Argv, choose: Choose) => Argv
