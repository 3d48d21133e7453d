import yargs, { type Argv } from 'yargs'
import { addAuditCommands } from './audit-commands.ts'
import type { AddCommands, Choose } from './command-group.ts'
import { exitCodeLines } from './exit-codes.ts'
import { Failure } from './failure.ts'
import { addJobCommands } from './jobs-commands.ts'
import { addLocalCommands } from './local-commands.ts'
import { addServerCommands } from './server-commands.ts'
import { addTransferCommands } from './transfer-commands.ts'
import type { Task } from './session.ts'

/** What a call asks for. */
export type Call =
  | { readonly kind: 'text'; readonly text: string }
  /** `help` says what could have been asked for. */
  | { readonly kind: 'wrong'; readonly message: string; readonly help: string }
  | { readonly kind: 'task'; readonly task: Task }

const GROUPS: readonly AddCommands[] = [
  addLocalCommands,
  addAuditCommands,
  addServerCommands,
  addJobCommands,
  addTransferCommands,
]

const sentence = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replaceAll('\n', ' ')

/** yargs hands over the help and the reason in one text, the reason last. */
const wrong = (error: Error, output: string): Call => {
  const last = output.split('\n').at(-1) ?? ''
  const hint = last.startsWith('Did you mean') ? `; ${sentence(last)}` : ''
  return { kind: 'wrong', message: sentence(error.message) + hint, help: output.split('\n').slice(0, -2).join('\n') }
}

const parserOf = (version: string): Argv =>
  yargs([])
    .scriptName('waybill')
    .locale('en')
    .usage('$0 COMMAND')
    .parserConfiguration({ 'greedy-arrays': false, 'parse-numbers': false, 'parse-positional-numbers': false })
    .strict()
    .recommendCommands()
    .demandCommand(1, 'say what to do')
    .completion('completion', 'print the completion script for your shell (bash, zsh)')
    .option('json', { type: 'boolean', default: false, global: true, description: 'results and errors as JSON' })
    .help()
    .alias('help', 'h')
    .version(version)
    .alias('version', 'v')
    .epilogue(exitCodeLines())
    .wrap(120)

/** Reads a call; the code of the command that it names is not loaded yet. */
export const parseCall = async (argv: readonly string[], version: string): Promise<Call> => {
  let task: Task | undefined
  let call: Call | undefined
  const choose: Choose = (chosen) => {
    task = chosen
  }
  const parser = GROUPS.reduce((added, add) => add(added, choose), parserOf(version))
  try {
    await parser.parseAsync([...argv], {}, (error: unknown, _: unknown, output: string) => {
      if (error instanceof Error) call = wrong(error, output)
      else if (output !== '') call = { kind: 'text', text: output }
    })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
  if (call !== undefined) return call
  if (task === undefined) return { kind: 'wrong', message: 'say what to do', help: '' }
  return { kind: 'task', task }
}
