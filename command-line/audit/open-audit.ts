import { wrongCall } from '../failure.ts'
import { findClient } from '../known-server.ts'
import { instantOf } from '../moment.ts'
import type { ServerArguments } from '../options.ts'
import { repositoryPlace } from '../place.ts'
import type { Session } from '../session.ts'
import type { AuditFilter, AuditSource } from './audit-source.ts'

export interface AuditArguments extends ServerArguments {
  readonly local: boolean
  readonly project: string | undefined
  readonly repository: string | undefined
  readonly actor: string | undefined
  readonly type: readonly string[] | undefined
  readonly stream: string | undefined
  readonly correlation: string | undefined
  readonly since: string | undefined
  readonly until: string | undefined
}

const placeOf = ({ project, repository }: AuditArguments) => {
  if (repository?.includes('/') !== true) {
    if (repository !== undefined && project === undefined)
      throw wrongCall('name the repository as project/repository, or give --project too')
    return { project, repository }
  }
  const place = repositoryPlace(repository)
  if (project !== undefined && project !== place.project)
    throw wrongCall(`--project ${project} and --repository ${repository} contradict each other`)
  return place
}

const typeOf = (type: string): string => {
  if (!/^[A-Za-z*]+$/.test(type)) throw wrongCall(`${type} is no type of events, like TagSet or Package*`)
  return type
}

/** @throws {Failure} the call is wrong */
export const filterOf = (args: AuditArguments): AuditFilter => ({
  ...placeOf(args),
  actor: args.actor,
  types: args.type?.map(typeOf),
  stream: args.stream,
  correlation: args.correlation,
  since: args.since === undefined ? undefined : instantOf(args.since),
  until: args.until === undefined ? undefined : instantOf(args.until),
})

/** A server's audit trail where one is known, else that of the data on this machine. */
const openSource = async (args: AuditArguments, session: Session): Promise<AuditSource> => {
  if (args.local && (args.server !== undefined || args.tokenStdin))
    throw wrongCall('--local reads the data of this machine: leave out --server and --token-stdin')
  const client = args.local ? undefined : await findClient(args, session)
  if (client !== undefined) return (await import('./audit-over-server.ts')).auditOverServer(client)
  const [{ openData }, { auditFromDatabase }] = await Promise.all([
    import('../data-of-this-machine.ts'),
    import('./audit-from-database.ts'),
  ])
  const engines = await openData()
  try {
    return await auditFromDatabase(engines)
  } catch (error) {
    await engines.close()
    throw error
  }
}

/** Does work with the audit trail that a call names. */
export const withAudit = async <Result>(
  args: AuditArguments,
  session: Session,
  work: (source: AuditSource, signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const signal = session.interrupted()
  const source = await openSource(args, session)
  try {
    return await work(source, signal)
  } finally {
    await source.close()
  }
}
