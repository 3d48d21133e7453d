import { flag, jobsOption, serverOptions, textOption } from './options.ts'
import type { AddCommands } from './command-group.ts'

/** Files to and from generic repositories of a server. */
export const addTransferCommands: AddCommands = (parser, choose) =>
  parser
    .command(
      'upload <places..>',
      'send files, and folders with all that is in them; the last place is where to',
      (command) =>
        command
          .positional('places', {
            type: 'string',
            array: true,
            demandOption: true,
            description: 'FILE|FOLDER... project/repository[/path]; a path that ends with / is a folder',
          })
          .options({ ...serverOptions, ...jobsOption })
          .option('create-only', flag('refuse where there is a file already'))
          .option('content-type', textOption('content-type', 'media type of the files')),
      (args) => choose(async (session) => (await import('./transfer/upload.ts')).upload(args, session)),
    )
    .command(
      'download <places..>',
      'fetch files, and folders with all that is in them',
      (command) =>
        command
          .positional('places', {
            type: 'string',
            array: true,
            demandOption: true,
            description: 'project/repository/path...; a path that ends with / is a folder',
          })
          .options({ ...serverOptions, ...jobsOption })
          .option('output', textOption('output', 'file or folder to write, or - for standard output')),
      (args) => choose(async (session) => (await import('./transfer/download.ts')).download(args, session)),
    )
