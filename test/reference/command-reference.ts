import { systemPrincipal } from '../../domain/access/authorise.ts'
import { ERRORS } from '../../domain/errors.ts'
import { CATALOGUE } from '../../commands/catalogue.ts'
import type { Command, CommandDependencies, Permission } from '../../commands/command.ts'
import { fieldTable, row } from './schema-fields.ts'

/** The one who asks may do everything, so that no answer depends on what is stored. */
const you = { ...systemPrincipal('you'), accountId: 'you' }

/** Every field that a permission looks at, under its own name. */
const input = {
  project: 'project',
  repository: 'repository',
  package: 'package',
  path: 'path',
  toPath: 'toPath',
  scope: 'scope',
  account: 'account',
  id: 'id',
}

/** A world in which the account and the token that are named belong to `owner`; a webhook is of its scope. */
const dependenciesOf = (owner: string): CommandDependencies =>
  ({
    vault: { accounts: { byLogin: async () => ({ accountId: owner }) } },
    folds: { load: async () => ({ state: { status: 'active', token: { accountId: owner }, scope: input.scope } }) },
  }) as unknown as CommandDependencies

const placeOf = ({ project, repository, name }: Permission['resource']): string => {
  if (project === undefined) return 'the system'
  const thing = [project, repository].filter((part) => part !== undefined).join('/')
  return name === undefined ? `\`${thing}\`` : `\`${name}\` in \`${thing}\``
}

const permissionText = async ({ permission }: Command): Promise<string> => {
  const [own, other] = await Promise.all(
    ['you', 'other'].map(async (owner) => permission(input, you, dependenciesOf(owner))),
  )
  if (own === undefined || other === undefined) throw new Error('a permission gave no answer')
  const asked = `\`${other.action}\` on ${placeOf(other.resource)}`
  return own.open === true && other.open !== true ? `no role for your own, else ${asked}` : asked
}

const section = async (command: Command): Promise<string> => {
  const answers = ['position', ...(command.answers ?? [])].map((field) => `\`${field}\``).join(', ')
  const secret = command.secret === undefined ? '' : ` \`${command.secret}\` is shown in this answer only.`
  return [
    `### ${command.name}`,
    command.summary,
    `Permission: ${await permissionText(command)}. Answers ${answers}.${secret}`,
    fieldTable(command.input, 'Required'),
  ].join('\n\n')
}

/** A section for each command that callers may send (Markdown). */
export const commandReference = async (): Promise<string> =>
  (await Promise.all(CATALOGUE.filter(({ internal }) => internal !== true).map(section))).join('\n\n')

/** The table of what Waybill answers when it refuses (Markdown). */
export const errorTable = (): string =>
  [
    row(['Code', 'Status', 'Meaning', 'What to do']),
    row(['---', '---', '---', '---']),
    ...Object.entries(ERRORS).map(([code, [status, title, next]]) => row([`\`${code}\``, String(status), title, next])),
  ].join('\n')
