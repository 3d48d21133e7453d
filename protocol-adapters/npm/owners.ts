import { addPackageOwner, removePackageOwner } from '../../commands/registry/change-owners.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { requirePresent } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import { npmCaller } from './npm-caller.ts'
import { readText, sendJson, type InRepositoryExchange, type Operation } from './npm-request.ts'
import { requirePackage } from './read-package.ts'

// pnpm changes owners one by one here; npm and yarn put the package document back (packument-changes.ts)

const change = async (
  exchange: InRepositoryExchange,
  command: typeof addPackageOwner,
  name: string,
  account: string,
) => {
  const { gateway, repository, request, reply, principal } = exchange
  requirePresent(repository)
  await requirePackage(exchange, name)
  const { project, repository: repo } = repository
  const owner = { project, repository: repo, package: name, account }
  const { position } = await gateway.run(command, owner, npmCaller(exchange))
  recordCommand(gateway, request, principal, command.name)
  return sendJson(reply.header(POSITION_HEADER, position), { ok: true })
}

export const readOwners: Operation<'owners', InRepositoryExchange> = async (exchange, { name }) => {
  const { maintainers } = await requirePackage(exchange, name)
  return sendJson(
    exchange.reply,
    maintainers.map((login) => ({ name: login, email: '' })),
  )
}

export const addOwner: Operation<'owners', InRepositoryExchange> = async (exchange, { name }) =>
  change(exchange, addPackageOwner, name, await readText(exchange, 'user'))

export const removeOwner: Operation<'owner', InRepositoryExchange> = (exchange, { name, user }) =>
  change(exchange, removePackageOwner, name, user)
