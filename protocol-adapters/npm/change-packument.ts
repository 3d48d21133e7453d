import type { FastifyReply } from 'fastify'
import { deleteVersion, deprecateVersion } from '../../commands/registry/change-version.ts'
import { removeTag, setTag } from '../../commands/registry/set-tag.ts'
import { DomainError } from '../../domain/errors.ts'
import { START, type Position } from '../../platform/event-store/event-store.ts'
import { derivedId } from '../../platform/ids.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { requireAction, requirePresent } from '../http/open-repository.ts'
import { recordCommand } from '../http/record-access.ts'
import { effectiveTags } from './effective-tags.ts'
import type { JsonObject } from './json-object.ts'
import type { NpmPackage } from './load-package.ts'
import { npmCaller } from './npm-caller.ts'
import { readJson, type InRepositoryExchange, type Operation } from './npm-request.ts'
import { packumentChanges, type HeldPackument, type PackumentChange } from './packument-changes.ts'
import { requirePackage } from './read-package.ts'
import { isJsonObject } from './json-object.ts'

const held = (found: NpmPackage): HeldPackument => ({
  name: found.name,
  rev: found.rev,
  versions: new Map(found.versions.map(({ version, deprecated }) => [version, deprecated])),
  shownTags: effectiveTags(
    found.tags,
    found.versions.map(({ version }) => version),
  ),
  maintainers: found.maintainers,
  users: [],
})

const UNSUPPORTED = {
  'version-without-tarball': 'is not published here, and the document has no tarball for it',
  'impossible-tag': 'cannot be a tag, or points at a version that is not published',
  'message-not-text': 'has a deprecation that is not a text',
} as const

/** Everything is checked before the first change is made. */
const refuseUnsupported = (changes: readonly PackumentChange[]): void => {
  for (const change of changes) {
    if (change.kind === 'unsupported')
      throw new DomainError('invalid-input', `${change.detail} ${UNSUPPORTED[change.reason]}.`)
    if ('login' in change)
      throw new DomainError(
        'unsupported',
        'Who may publish is decided by roles (GrantRole), not by the package document; stars are not kept.',
      )
  }
}

const apply = async (exchange: InRepositoryExchange, name: string, change: PackumentChange): Promise<Position> => {
  const { gateway, repository } = exchange
  const target = { project: repository.project, repository: repository.repository, package: name }
  const caller = npmCaller(exchange)
  // one request may hold several changes: each is a command of its own under the request's key
  const keyed = caller.key === undefined ? caller : { ...caller, key: derivedId(caller.key, JSON.stringify(change)) }
  const run = async (): Promise<{ readonly position: Position }> => {
    switch (change.kind) {
      case 'deprecate':
        return gateway.run(deprecateVersion, { ...target, version: change.version, message: change.message }, keyed)
      case 'undeprecate':
        return gateway.run(deprecateVersion, { ...target, version: change.version }, keyed)
      case 'delete-version':
        return gateway.run(deleteVersion, { ...target, version: change.version }, keyed)
      case 'set-tag':
        return gateway.run(setTag, { ...target, tag: change.tag, version: change.version }, keyed)
      case 'remove-tag':
        return gateway.run(removeTag, { ...target, tag: change.tag }, keyed)
      default:
        return { position: START }
    }
  }
  const { position } = await run()
  recordCommand(gateway, exchange.request, exchange.principal, `npm:${change.kind}`)
  return position
}

/** Carries out what the client means by the document it sends back; answers 200 `{ ok }`. */
export const changePackument = async (
  exchange: InRepositoryExchange,
  name: string,
  rev: string | undefined,
  document: JsonObject,
): Promise<FastifyReply> => {
  const { gateway, repository, reply } = exchange
  requireAction(gateway, repository, 'write', name)
  requirePresent(repository)
  const found = await requirePackage(exchange, name)
  const via = rev === undefined ? 'packument' : 'packument-rev'
  const changes = packumentChanges(held(found), { via, document, ...(rev === undefined ? {} : { rev }) })
  if (changes === 'stale')
    throw new DomainError('revision-conflict', `${name} was changed after you read it; run the command again.`)
  refuseUnsupported(changes)
  let position: Position | undefined
  for (const change of changes) position = await apply(exchange, name, change)
  if (position !== undefined) void reply.header(POSITION_HEADER, position)
  return reply.code(200).send({ ok: true, id: name, rev: found.rev })
}

/** `PUT /{package}/-rev/{rev}`: the form that may take versions away. */
export const putPackumentRev: Operation<'packument-rev', InRepositoryExchange> = async (exchange, { name, rev }) => {
  const document = await readJson(exchange.request)
  if (!isJsonObject(document)) throw new DomainError('invalid-input', 'The body must be the package document.')
  return changePackument(exchange, name, rev, document)
}

/** `DELETE /{package}/-rev/{rev}`: `npm unpublish` of a whole package, version by version. */
export const deletePackage: Operation<'packument-rev', InRepositoryExchange> = async (exchange, { name, rev }) => {
  const { gateway, repository, reply } = exchange
  requireAction(gateway, repository, 'delete', name)
  requirePresent(repository)
  const found = await requirePackage(exchange, name)
  if (rev !== found.rev)
    throw new DomainError('revision-conflict', `${name} was changed after you read it; run the command again.`)
  for (const { version } of found.versions) {
    const position = await apply(exchange, name, { kind: 'delete-version', version })
    void reply.header(POSITION_HEADER, position)
  }
  return reply.code(200).send({ ok: true })
}

/**
 * `DELETE /{package}/-/{file}/-rev/{rev}`: the second half of `npm unpublish pkg@version`, after the document without the
 * version was put. The version is gone by then, and its tarball with it.
 */
export const deleteTarball: Operation<'tarball-rev', InRepositoryExchange> = async (exchange, { name, version }) => {
  const { gateway, tarballs, repository, reply } = exchange
  requireAction(gateway, repository, 'delete', name)
  requirePresent(repository)
  const left = await tarballs.find(repository.repositoryId, name, version)
  if (left !== undefined)
    throw new DomainError('invalid-input', `${name}@${version} is still published; unpublish the version.`)
  return reply.code(200).send({ ok: true })
}
