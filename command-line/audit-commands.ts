import { countOption, flag, serverOptions, textOption, textsOption } from './options.ts'
import type { AddCommands } from './command-group.ts'

const filters = {
  project: textOption('project', 'only in this project'),
  repository: textOption('repository', 'only in this repository: project/repository, or a name beside --project'),
  actor: textOption('actor', 'only by this account: login or id'),
  type: textsOption('only events of this type, e.g. TagSet or Package*; may be given several times'),
  stream: textOption('stream', 'only of this stream'),
  correlation: textOption('correlation', 'only of this story'),
  since: textOption('since', 'from this instant on'),
  until: textOption('until', 'before this instant'),
} as const

const source = {
  ...serverOptions,
  local: flag('read the data of this machine, whatever server is known'),
} as const

/** The audit trail: from a server by the permissions of whoever asks, else from the data of this machine. */
export const addAuditCommands: AddCommands = (parser, choose) =>
  parser.command('audit', 'who did what: list or export the audit trail', (audit) =>
    audit
      .command(
        'list',
        'print events, newest first',
        (command) => command.options({ ...filters, ...source }).option('limit', countOption('limit', 'how many', 50)),
        (args) => choose(async (session) => (await import('./audit/list.ts')).listEvents(args, session)),
      )
      .command(
        'export',
        'write all events in the order of the log',
        (command) =>
          command
            .options({ ...filters, ...source })
            .option('format', { choices: ['ndjson', 'csv'], default: 'ndjson', description: 'form of the export' })
            .option('output', textOption('output', 'file, written whole or not at all; else standard output'))
            .option('after', textOption('after', 'begin after this position, where an earlier export ended'))
            .option('header', { type: 'boolean', default: true, description: 'names of the columns first (csv)' }),
        (args) => choose(async (session) => (await import('./audit/export.ts')).exportEvents(args, session)),
      )
      .demandCommand(1, 'say what to do with the audit trail: list or export'),
  )
