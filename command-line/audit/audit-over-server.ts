import { enumWord, pagesOf } from '../pages.ts'
import type { ServerClient } from '../server-client.ts'
import type { AuditEntry, AuditSource } from './audit-source.ts'

/** What differs from an entry: the id of the actor has another name. */
type Node = Omit<AuditEntry, 'actor'> & {
  readonly actor: {
    readonly kind: string
    readonly accountId: string
    readonly login: string | null
    readonly via: string | null
  }
}

const EVENTS = `query (
  $project: String, $repository: String, $actor: String, $types: [String!], $stream: String, $correlation: String,
  $since: Instant, $until: Instant, $order: Order, $first: Int, $after: String
) {
  page: auditTrail(
    project: $project, repository: $repository, actor: $actor, types: $types, stream: $stream, correlation: $correlation,
    since: $since, until: $until, order: $order, first: $first, after: $after
  ) {
    nodes {
      position at type project repository subject actor { kind accountId login via }
      stream revision eventId correlationId causationId data
    }
    pageInfo { hasNextPage endCursor }
  }
}`

const entryOf = ({ actor, ...node }: Node): AuditEntry => {
  const {
    position,
    at,
    type,
    project,
    repository,
    subject,
    stream,
    revision,
    eventId,
    correlationId,
    causationId,
    data,
  } = node
  const { kind, accountId, login, via } = actor
  return {
    position,
    at,
    type,
    project,
    repository,
    subject,
    actor: { kind: enumWord(kind), id: accountId, login, via },
    stream,
    revision,
    eventId,
    correlationId,
    causationId,
    data,
  }
}

/** The audit trail as a server shows it to whoever asks. */
export const auditOverServer = (client: ServerClient): AuditSource => ({
  async *pages(filter, { newestFirst, after, most }) {
    const variables = { ...filter, order: newestFirst ? 'DESC' : 'ASC' }
    const limits = { after, ...(most === undefined ? {} : { most }) }
    for await (const nodes of pagesOf<Node>(client, EVENTS, variables, limits)) yield nodes.map(entryOf)
  },
  head: async () => (await client.query<{ position: string | null }>('{ position }')).position ?? undefined,
  close: async () => client.close(),
})
