import { ask, canAsk } from './ask.ts'
import { EXIT } from './exit-codes.ts'
import { Failure, wrongCall } from './failure.ts'
import { withClient } from './known-server.ts'
import type { ServerArguments } from './options.ts'
import { table } from './output.ts'
import { allNodes, enumWord } from './pages.ts'
import { repositoryPlace } from './place.ts'
import { plain } from './plain-text.ts'
import type { Session } from './session.ts'

interface Repository {
  readonly project: string
  readonly repository: string
  readonly repositoryId: string
  readonly format: string
  readonly kind: string
  readonly public: boolean
  readonly overwrite: boolean
  readonly description: string | null
  readonly createdAt: string
}

const FIELDS = 'project: projectName repository: name repositoryId format kind public overwrite description createdAt'

const LIST = `query ($project: String, $asOf: Moment, $first: Int, $after: String) {
  page: repositories(project: $project, asOf: $asOf, first: $first, after: $after) {
    nodes { ${FIELDS} } pageInfo { hasNextPage endCursor }
  }
}`

const ONE = `query ($project: String!, $repository: String!, $asOf: Moment) {
  repository(project: $project, name: $repository, asOf: $asOf) { ${FIELDS} }
}`

const inWords = (one: Repository): Repository => ({ ...one, format: enumWord(one.format), kind: enumWord(one.kind) })

const yesNo = (value: boolean): string => (value ? 'yes' : 'no')

interface ListArguments extends ServerArguments {
  readonly project: string | undefined
  readonly asOf: string | undefined
}

/** `waybill repo list` */
export const listRepositories = (args: ListArguments, session: Session): Promise<number> =>
  withClient(args, session, async (client) => {
    const nodes = await allNodes<Repository>(client, LIST, { project: args.project, asOf: args.asOf })
    const found = nodes.map(inWords)
    const { output } = session
    if (output.json) await output.document(found)
    else {
      const rows = found.map((one) => [
        `${one.project}/${one.repository}`,
        one.format,
        one.kind,
        yesNo(one.public),
        yesNo(one.overwrite),
        one.description ?? '',
      ])
      await output.say(table(['REPOSITORY', 'FORMAT', 'KIND', 'PUBLIC', 'OVERWRITE', 'DESCRIPTION'], rows))
    }
    return EXIT.done[0]
  })

interface OneArguments extends ServerArguments {
  readonly repository: string
}

/** `waybill repo show` */
export const showRepository = (args: OneArguments & Pick<ListArguments, 'asOf'>, session: Session): Promise<number> =>
  withClient(args, session, async (client) => {
    const place = repositoryPlace(args.repository)
    const { repository: node } = await client.query<{ repository: Repository | null }>(ONE, {
      ...place,
      asOf: args.asOf,
    })
    if (node === null)
      throw new Failure('not-found', `there is no repository ${args.repository}, or you may not see it`)
    const repository = inWords(node)
    const { output } = session
    if (output.json) await output.document(repository)
    else
      for (const [name, value] of Object.entries(repository) as [string, string | boolean | null][])
        await output.say(`${name.padEnd(13)} ${typeof value === 'boolean' ? yesNo(value) : plain(value ?? '-')}`)
    return EXIT.done[0]
  })

interface CreateArguments extends OneArguments {
  readonly format: string
  readonly kind: string
  readonly public: boolean
  readonly overwrite: boolean
  readonly description: string | undefined
}

/** `waybill repo create` */
export const createRepository = (args: CreateArguments, session: Session): Promise<number> =>
  withClient(args, session, async (client) => {
    const { format, kind, overwrite, description } = args
    const settings = { format, kind, public: args.public, overwrite, description }
    const made = await client.command('CreateRepository', { ...repositoryPlace(args.repository), ...settings })
    const { output } = session
    if (output.json) await output.document(made)
    else await output.say(`created ${args.repository}`)
    return EXIT.done[0]
  })

const confirm = async (repository: string): Promise<void> => {
  if (!canAsk()) throw wrongCall('there is nobody to ask whether this is meant: give --yes')
  const answer = await ask(`Remove ${repository} and everything in it? Type its name: `)
  if (answer !== repository) throw new Failure('failed', 'nothing was removed')
}

/** `waybill repo delete` */
export const deleteRepository = (args: OneArguments & { readonly yes: boolean }, session: Session): Promise<number> =>
  withClient(args, session, async (client) => {
    const place = repositoryPlace(args.repository)
    if (!args.yes) await confirm(args.repository)
    const { output } = session
    const removed = await client.command('DeleteRepository', place)
    if (output.json) await output.document(removed)
    else await output.say(`deleted ${args.repository}`)
    return EXIT.done[0]
  })
