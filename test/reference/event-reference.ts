import { readFileSync } from 'node:fs'
import { accountStream } from '../../domain/access/account/account.ts'
import { denialStream } from '../../domain/access/denial/denial.ts'
import { groupStream } from '../../domain/access/group/group.ts'
import { roleGrantStream } from '../../domain/access/role-grant/role-grant.ts'
import { tokenStream } from '../../domain/access/token/token.ts'
import { EVENT_TYPES } from '../../domain/event-catalogue.ts'
import { fileStream } from '../../domain/registry/file/events.ts'
import { packageStream } from '../../domain/registry/package/package.ts'
import { packageVersionStream } from '../../domain/registry/package-version/events.ts'
import { projectStream } from '../../domain/registry/project/project.ts'
import { repositoryStream } from '../../domain/registry/repository/events.ts'
import { starStream, type StarEvent } from '../../domain/registry/star/star.ts'
import { tagStream } from '../../domain/registry/tag/tag.ts'
import { STORE_STREAM } from '../../domain/store.ts'
import { deliveryStream } from '../../domain/webhooks/delivery/delivery.ts'
import { webhookStream } from '../../domain/webhooks/subscription/events.ts'
import { jobStream } from '../../domain/work/job/job.ts'
import { fieldTable } from './schema-fields.ts'

interface StreamOf {
  readonly stream: (data: never) => string
  /** What the part behind the category is made of; undefined: it is always the same stream. */
  readonly key: string | undefined
}

const streamOf = (stream: (data: never) => string, key?: string): StreamOf => ({ stream, key })

const starStreamOf = (data: StarEvent['data']) => starStream(data, data.accountId)
const STAR_KEY = 'hash of repositoryId, package, accountId'

const deliveryStreamOf = streamOf(() => deliveryStream('1'), 'id of the record')

/** By the beginning of an event type's name, longest first. */
const STREAMS: Readonly<Record<string, StreamOf>> = {
  WebhookDelivery: deliveryStreamOf,
  PackageStarred: streamOf(starStreamOf, STAR_KEY),
  PackageUnstarred: streamOf(starStreamOf, STAR_KEY),
  PackageVersion: streamOf(packageVersionStream, 'hash of repositoryId, package, version'),
  WebhookEvents: deliveryStreamOf,
  PackageOwner: streamOf(packageStream, 'hash of repositoryId, package'),
  Repository: streamOf(
    ({ project, repository }: { project: string; repository: string }) => repositoryStream(project, repository),
    'hash of project, repository',
  ),
  Account: streamOf(({ accountId }: { accountId: string }) => accountStream(accountId), 'accountId'),
  Project: streamOf(({ project }: { project: string }) => projectStream(project), 'hash of project'),
  Webhook: streamOf(({ webhookId }: { webhookId: string }) => webhookStream(webhookId), 'webhookId'),
  Access: streamOf(({ accountId }: { accountId: string }) => denialStream(accountId), 'accountId'),
  Group: streamOf(({ group }: { group: string }) => groupStream(group), 'hash of group'),
  Store: streamOf(() => STORE_STREAM),
  Token: streamOf(({ tokenId }: { tokenId: string }) => tokenStream(tokenId), 'tokenId'),
  Role: streamOf(roleGrantStream, 'hash of role, subject, scope'),
  File: streamOf(fileStream, 'hash of repositoryId, path'),
  Job: streamOf(({ jobId }: { jobId: string }) => jobStream(jobId), 'jobId'),
  Tag: streamOf(tagStream, 'hash of repositoryId, package, tag'),
}

const exampleOf = (type: string, version: number): { readonly data: object } =>
  JSON.parse(readFileSync(new URL(`../golden-events/${type}.v${version}.json`, import.meta.url), 'utf8')) as {
    readonly data: object
  }

const streamText = (type: string, data: object): string => {
  const found = Object.entries(STREAMS).find(([beginning]) => type.startsWith(beginning))
  if (found === undefined) throw new Error(`${type}: say in this file which stream it is in`)
  const { stream, key } = found[1]
  const name = stream(data as never)
  return key === undefined ? `\`${name}\`` : `\`${name.slice(0, name.indexOf('-'))}-{${key}}\``
}

/** A section for each event type that is stored (Markdown): meaning, stream, fields, and the data of the golden event as an example. */
export const eventReference = (): string =>
  [...EVENT_TYPES.values()]
    .map(({ name, summary, schemaVersion, data }) => {
      const example = exampleOf(name, schemaVersion)
      return [
        `## ${name}`,
        summary,
        `Stream ${streamText(name, example.data)}, schema version ${schemaVersion}.`,
        fieldTable(data, 'Always'),
        '```json\n' + JSON.stringify(example.data, null, 2) + '\n```',
      ].join('\n\n')
    })
    .join('\n\n')
