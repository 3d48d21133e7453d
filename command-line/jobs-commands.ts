import type { AddCommands } from './command-group.ts'
import { countOption, serverOptions, textOption } from './options.ts'

const ids = { type: 'string', array: true, demandOption: true, description: 'ids of jobs' } as const

/** Commands on the background work of a server. */
export const addJobCommands: AddCommands = (parser, choose) =>
  parser.command('jobs', 'list, retry or drop background work', (jobs) =>
    jobs
      .command(
        'list',
        'print jobs that are not over, the oldest first',
        (command) =>
          command
            .options(serverOptions)
            .option('kind', textOption('kind', 'only of this kind, e.g. webhook'))
            .option('state', textOption('state', 'only those that are pending, queued or dead'))
            .option('limit', countOption('limit', 'how many', 100)),
        (args) => choose(async (session) => (await import('./jobs.ts')).listJobs(args, session)),
      )
      .command(
        'retry <ids..>',
        'try dead jobs anew',
        (command) => command.positional('ids', ids).options(serverOptions),
        (args) => choose(async (session) => (await import('./jobs.ts')).retryJobs(args, session)),
      )
      .command(
        'drop <ids..>',
        'give up jobs, whatever they wait for',
        (command) => command.positional('ids', ids).options(serverOptions),
        (args) => choose(async (session) => (await import('./jobs.ts')).dropJobs(args, session)),
      )
      .demandCommand(1, 'say what to do with jobs: list, retry or drop'),
  )
