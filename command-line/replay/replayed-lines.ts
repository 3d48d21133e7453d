import { plain, word } from '../plain-text.ts'
import type { ReplayedFile } from './fold-files.ts'
import type { ReplayedGrant } from './fold-grants.ts'
import type { ReplayedPackage } from './fold-packages.ts'
import type { ReplayedRepository } from './replay-repository.ts'

const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

const quoted = (text: string): string => plain(JSON.stringify(text))

function* packageLines({ package: name, owners, tags, versions }: ReplayedPackage): Generator<string> {
  const inPackage = word(name)
  yield `package ${inPackage} versions=${versions.length}`
  for (const owner of owners) yield `owner ${inPackage} ${word(owner)}`
  for (const { tag, version } of tags) yield `tag ${inPackage} ${word(tag)} ${word(version)}`
  for (const one of versions) {
    const inVersion = `${inPackage} ${word(one.version)}`
    yield `version ${inVersion} manifest=sha256:${one.manifest} published=${one.publishedAt} by=${word(one.publishedBy)}`
    if (one.deprecated !== null) yield `deprecated ${inVersion} ${quoted(one.deprecated)}`
    if (one.yanked !== null) yield `yanked ${inVersion} ${quoted(one.yanked)}`
    for (const { name: file, size, sha256 } of one.files)
      yield `version-file ${inVersion} ${word(file)} ${size} sha256:${sha256}`
  }
}

function* fileLines({
  path,
  size,
  sha256,
  contentType,
  properties,
  storedAt,
  storedBy,
}: ReplayedFile): Generator<string> {
  yield `file ${word(path)} ${size} sha256:${sha256} type=${word(contentType)} stored=${storedAt} by=${word(storedBy)}`
  for (const key of Object.keys(properties).sort())
    yield `property ${word(path)} ${word(key)} ${quoted(properties[key] ?? '')}`
}

const grantLine = ({ role, subject, scope, grantedAt, members }: ReplayedGrant): string => {
  const who = `${subject.kind} ${word(subject.id)}`
  return `grant ${role} ${who} on=${word(scope)} since=${grantedAt}${members === null ? '' : ` members=${members.join(',')}`}`
}

/** The state in lines that each say by themselves what they are about, so that `diff` and `grep` work on them. */
export function* replayedLines({ asOf, repository, packages, files, grants }: ReplayedRepository): Generator<string> {
  const { project, repository: name, repositoryId, format, kind, overwrite, description, createdAt } = repository
  yield `as-of ${asOf.instant ?? '-'} position=${asOf.position}`
  yield (
    `repository ${project}/${name} id=${repositoryId} format=${format} kind=${kind} public=${yesNo(repository.public)} ` +
    `overwrite=${yesNo(overwrite)} created=${createdAt}`
  )
  if (description !== null) yield `description ${quoted(description)}`
  for (const one of packages) yield* packageLines(one)
  for (const one of files) yield* fileLines(one)
  for (const one of grants ?? []) yield grantLine(one)
}
