import { flag, requiredTextOption, textOption } from './options.ts'
import type { AddCommands } from './command-group.ts'

/** Commands that work on the data of this machine, or on the engines that WAYBILL_ variables name. */
export const addLocalCommands: AddCommands = (parser, choose) =>
  parser
    .command('start', 'serve (settings: WAYBILL_* environment variables)', {}, () =>
      choose(async (session) => (await import('./start.ts')).start(session)),
    )
    .command(
      'rebuild [models..]',
      'build read models anew from the log, beside the live ones',
      (command) =>
        command
          .positional('models', { type: 'string', array: true, default: [], description: 'names of read models' })
          .option('all', flag('all of them, and follow the event store that is configured now')),
      (args) => choose(async (session) => (await import('./rebuild.ts')).rebuildModels(args, session)),
    )
    .command(
      'replay',
      'print a repository as it was, by folding the log itself',
      (command) =>
        command
          .option('repository', requiredTextOption('repository', 'project/repository'))
          .option(
            'until',
            requiredTextOption('until', 'an instant like 2026-03-01T12:00:00Z, or a position of the log'),
          )
          .option('package', textOption('package', 'only this package'))
          .option('path', textOption('path', 'only files whose path begins so'))
          .option('grants', flag('also the roles that were granted there'))
          .conflicts('package', 'path'),
      (args) => choose(async (session) => (await import('./replay/replay.ts')).replay(args, session)),
    )
