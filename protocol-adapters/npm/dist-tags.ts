import { removeTag, setTag } from '../../commands/registry/set-tag.ts'
import { DomainError } from '../../domain/errors.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { recordCommand } from '../http/record-access.ts'
import { requirePresent } from '../http/open-repository.ts'
import { npmCaller } from './npm-caller.ts'
import { readJson, type InRepositoryExchange, type Operation } from './npm-request.ts'
import { isTagName } from './tag-name.ts'

/** `npm dist-tag add`: the body is the version as a JSON string. */
export const putDistTag: Operation<'dist-tag', InRepositoryExchange> = async (exchange, { name, tag }) => {
  const { gateway, repository, request, reply, principal } = exchange
  requirePresent(repository)
  const version = await readJson(request)
  if (typeof version !== 'string' || version === '')
    throw new DomainError('invalid-input', 'The body must be the version as a JSON string.')
  if (!isTagName(tag))
    throw new DomainError('invalid-input', `${tag} could be read as a version range, so it cannot be a tag.`)
  const { project, repository: repo } = repository
  const target = { project, repository: repo, package: name, tag, version }
  const { position } = await gateway.run(setTag, target, npmCaller(exchange))
  recordCommand(gateway, request, principal, setTag.name)
  return reply.code(201).header(POSITION_HEADER, position).send({ ok: true })
}

/** `npm dist-tag rm`. `latest` cannot be removed: clients rely on it, and it would come back by itself. */
export const deleteDistTag: Operation<'dist-tag', InRepositoryExchange> = async (exchange, { name, tag }) => {
  const { gateway, repository, request, reply, principal } = exchange
  requirePresent(repository)
  if (tag === 'latest')
    throw new DomainError('unsupported', 'The tag latest cannot be removed; point it at another version.')
  const { project, repository: repo } = repository
  const target = { project, repository: repo, package: name, tag }
  const { position } = await gateway.run(removeTag, target, npmCaller(exchange))
  recordCommand(gateway, request, principal, removeTag.name)
  return reply.code(200).header(POSITION_HEADER, position).send({ ok: true })
}
