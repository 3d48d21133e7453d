import type { FastifyReply } from 'fastify'
import { DomainError } from '../../domain/errors.ts'
import { POSITION_HEADER } from '../http/caller.ts'
import { requireAction, requirePresent } from '../http/open-repository.ts'
import { effectiveTags } from './effective-tags.ts'
import type { JsonObject } from './json-object.ts'
import type { NpmPackage } from './load-package.ts'
import { loginOf, requirePrincipal, type InRepositoryExchange, type Operation } from './npm-request.ts'
import { packumentChanges, type HeldPackument, type PackumentChange } from './packument-changes.ts'
import { ACTION_OF, carryOutAll, type CarriedOut } from './packument-commands.ts'
import { parsePublishBody } from './publish-body.ts'
import { requirePackage } from './read-package.ts'

const held = (found: NpmPackage): HeldPackument => ({
  name: found.name,
  rev: found.rev,
  versions: new Map(found.versions.map(({ version, deprecated }) => [version, deprecated])),
  shownTags: effectiveTags(
    found.tags,
    found.versions.map(({ version }) => version),
  ),
  maintainers: found.maintainers,
})

const UNSUPPORTED = {
  'version-without-tarball': 'is not published here, and the document has no tarball for it',
  'impossible-tag': 'cannot be a tag, or points at a version that is not published',
  'message-not-text': 'has a deprecation that is not a text',
} as const

/** Everything is checked before the first change is made. */
const possible = (
  { gateway, repository }: InRepositoryExchange,
  name: string,
  changes: readonly PackumentChange[],
): readonly CarriedOut[] =>
  changes.map((change) => {
    if (change.kind === 'unsupported')
      throw new DomainError('invalid-input', `${change.detail} ${UNSUPPORTED[change.reason]}.`)
    requireAction(gateway, repository, ACTION_OF[change.kind], name)
    return change
  })

/** Carries out what the client means by the document it sends back; answers 200 `{ ok }`. */
export const changePackument = async (
  exchange: InRepositoryExchange,
  name: string,
  rev: string | undefined,
  document: JsonObject,
): Promise<FastifyReply> => {
  const { reply } = exchange
  const found = await requirePackage(exchange, name)
  const via = rev === undefined ? 'packument' : 'packument-rev'
  const request = { via, by: await loginOf(exchange), document, ...(rev === undefined ? {} : { rev }) } as const
  const changes = packumentChanges(held(found), request)
  if (changes === 'stale')
    throw new DomainError('revision-conflict', `${name} was changed after you read it; run the command again.`)
  const position = await carryOutAll(exchange, name, possible(exchange, name, changes))
  if (position !== undefined) void reply.header(POSITION_HEADER, position)
  return reply.code(200).send({ ok: true, id: name, rev: found.rev })
}

const readOver = async (bytes: AsyncIterable<Buffer>): Promise<void> => {
  for await (const _ of bytes);
}

/** `PUT /{package}/-rev/{rev}`: the form that may take versions away. */
export const putPackumentRev: Operation<'packument-rev', InRepositoryExchange> = async (exchange, { name, rev }) => {
  const { gateway, repository, request } = exchange
  requirePrincipal(exchange)
  requireAction(gateway, repository, 'read', name)
  requirePresent(repository)
  const { document } = await parsePublishBody(request.raw, { onAttachment: (_, bytes) => readOver(bytes) })
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
  const removals = found.versions.map(({ version }) => ({ kind: 'delete-version', version }) as const)
  const position = await carryOutAll(exchange, name, removals)
  if (position !== undefined) void reply.header(POSITION_HEADER, position)
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
