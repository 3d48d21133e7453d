import { flag, requiredTextOption, serverOptions, textOption, textsOption } from './options.ts'
import type { AddCommands } from './command-group.ts'

const addLogin: AddCommands = (parser, choose) =>
  parser
    .command(
      'login',
      'sign in to a server: make a token and keep it',
      (command) =>
        command
          .option('server', serverOptions.server)
          .option('account', textOption('account', 'login; asked for when left out'))
          .option('password-stdin', flag('read the password from standard input instead of asking'))
          .option('name', textOption('name', 'name of the token')),
      (args) => choose(async (session) => (await import('./login.ts')).login(args, session)),
    )
    .command(
      'logout',
      'end the token that login made, and forget it',
      (command) => command.option('server', serverOptions.server),
      (args) => choose(async (session) => (await import('./login.ts')).logout(args, session)),
    )

const addTokens: AddCommands = (parser, choose) =>
  parser.command('token', 'list, create or revoke tokens', (token) =>
    token
      .command(
        'list',
        'print tokens that were not revoked',
        (command) =>
          command
            .options(serverOptions)
            .option('account', textOption('account', 'those of another account: login or id'))
            .option('all', flag('those of all accounts')),
        (args) => choose(async (session) => (await import('./tokens.ts')).listTokens(args, session)),
      )
      .command(
        'create <name>',
        'make a token; its text is shown once',
        (command) =>
          command
            .positional('name', { type: 'string', demandOption: true, description: 'what it is for' })
            .options(serverOptions)
            .option('account', textOption('account', 'login of the account it is for, else your own'))
            .option('expires-at', textOption('expires-at', 'an instant like 2026-12-31T12:00:00Z'))
            .option('action', textsOption('allow only this action, e.g. read; may be given several times'))
            .option('scope', textsOption('allow only here, e.g. main/npm; may be given several times'))
            .option('cidr', textsOption('allow only from this network; may be given several times')),
        (args) => choose(async (session) => (await import('./tokens.ts')).createToken(args, session)),
      )
      .command(
        'revoke <ids..>',
        'end tokens at once',
        (command) =>
          command
            .positional('ids', { type: 'string', array: true, demandOption: true, description: 'ids of tokens' })
            .options(serverOptions),
        (args) => choose(async (session) => (await import('./tokens.ts')).revokeTokens(args, session)),
      )
      .demandCommand(1, 'say what to do with tokens: list, create or revoke'),
  )

const repository = { type: 'string', demandOption: true, description: 'project/repository' } as const
const asOf = textOption('as-of', 'as it was: an instant like 2026-03-01T12:00:00Z, or a position of the log')

const addRepositories: AddCommands = (parser, choose) =>
  parser.command('repo', 'list, show, create or delete repositories', (repo) =>
    repo
      .command(
        'list',
        'print repositories',
        (command) =>
          command
            .options(serverOptions)
            .option('project', textOption('project', 'only of this one'))
            .option('as-of', asOf),
        (args) => choose(async (session) => (await import('./repositories.ts')).listRepositories(args, session)),
      )
      .command(
        'show <repository>',
        'print the settings of a repository',
        (command) => command.positional('repository', repository).options(serverOptions).option('as-of', asOf),
        (args) => choose(async (session) => (await import('./repositories.ts')).showRepository(args, session)),
      )
      .command(
        'create <repository>',
        'create a repository',
        (command) =>
          command
            .positional('repository', repository)
            .options(serverOptions)
            .option('format', requiredTextOption('format', 'generic, npm, ...'))
            .option('kind', requiredTextOption('kind', 'what it does', 'hosted'))
            .option('public', flag('anyone may read it without credentials'))
            .option('overwrite', flag('files and versions may be replaced'))
            .option('description', textOption('description', 'what it is for')),
        (args) => choose(async (session) => (await import('./repositories.ts')).createRepository(args, session)),
      )
      .command(
        'delete <repository>',
        'remove a repository and everything in it',
        (command) =>
          command.positional('repository', repository).options(serverOptions).option('yes', flag('without asking')),
        (args) => choose(async (session) => (await import('./repositories.ts')).deleteRepository(args, session)),
      )
      .demandCommand(1, 'say what to do with repositories: list, show, create or delete'),
  )

/** Commands that ask a server: signing in, tokens, repositories. */
export const addServerCommands: AddCommands = (parser, choose) =>
  [addLogin, addTokens, addRepositories].reduce((added, add) => add(added, choose), parser)
