import semver from 'semver'
import { DomainError } from '../../domain/errors.ts'
import { requireAction } from '../http/open-repository.ts'
import { effectiveTags } from './effective-tags.ts'
import type { NpmPackage } from './load-package.ts'
import type { InRepositoryExchange, Operation } from './npm-request.ts'
import { manifestText } from './packument.ts'
import { formOf, sendDocument } from './send-document.ts'
import { tarballPath } from './tarball-file.ts'

export const noPackage = (name: string): DomainError =>
  new DomainError('not-found', `There is no package ${name} here.`)

/** The package, for somebody who may read it. */
export const requirePackage = async (
  { gateway, packuments, repository }: InRepositoryExchange,
  name: string,
): Promise<NpmPackage> => {
  requireAction(gateway, repository, 'read', name)
  const found = await packuments.find(repository.repositoryId, name, repository.asOf)
  if (found === undefined) throw noPackage(name)
  return found
}

export const readPackument: Operation<'packument', InRepositoryExchange> = async (exchange, { name }) => {
  const { gateway, packuments, repository, request, reply, base } = exchange
  requireAction(gateway, repository, 'read', name)
  const form = formOf(request.headers.accept)
  const rendered = await packuments.render(repository.repositoryId, name, form, base, repository.asOf)
  if (rendered === undefined) throw noPackage(name)
  return sendDocument(reply, rendered, form)
}

/** The version that a version, a tag or a range stands for. */
const resolve = ({ tags, versions }: NpmPackage, selector: string): string | undefined => {
  const names = versions.map(({ version }) => version)
  if (names.includes(selector)) return selector
  const shown = effectiveTags(tags, names)
  if (Object.hasOwn(shown, selector)) return shown[selector]
  return semver.maxSatisfying(names, selector, { loose: true }) ?? undefined
}

/** One version's manifest, as `npm view` of old clients and many tools ask for it. */
export const readManifest: Operation<'manifest', InRepositoryExchange> = async (exchange, { name, selector }) => {
  const found = await requirePackage(exchange, name)
  const version = resolve(found, selector)
  const entry = found.versions.find((candidate) => candidate.version === version)
  if (entry === undefined) throw new DomainError('not-found', `There is no version ${selector} of ${name} here.`)
  const { full, provenance } = entry.document
  const shown = { ...entry, fragment: full, provenance, tarballPath: tarballPath(name, entry.version) }
  return exchange.reply.type('application/json').send(manifestText(shown, { form: 'full', name, base: exchange.base }))
}

export const readDistTags: Operation<'dist-tags', InRepositoryExchange> = async (exchange, { name }) => {
  const { tags, versions } = await requirePackage(exchange, name)
  return exchange.reply.type('application/json').send(
    JSON.stringify(
      effectiveTags(
        tags,
        versions.map(({ version }) => version),
      ),
    ),
  )
}
