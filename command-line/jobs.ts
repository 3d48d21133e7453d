import { EXIT } from './exit-codes.ts'
import { Failure, wrongCall } from './failure.ts'
import { withClient } from './known-server.ts'
import type { ServerArguments } from './options.ts'
import { table } from './output.ts'
import { enumWord, pagesOf } from './pages.ts'
import type { ServerClient } from './server-client.ts'
import type { Session } from './session.ts'

interface Job {
  readonly jobId: string
  readonly kind: string
  readonly manager: string
  readonly lane: string
  readonly key: string | null
  readonly priority: string
  readonly state: string
  readonly attempts: number
  readonly reason: string | null
  readonly createdAt: string
  readonly notBefore: string | null
}

const JOBS = `query ($kind: String, $state: JobState, $first: Int, $after: String) {
  page: jobs(kind: $kind, state: $state, first: $first, after: $after) {
    nodes { jobId kind manager lane key priority state attempts reason createdAt notBefore }
    pageInfo { hasNextPage endCursor }
  }
}`

const JOB = `query ($id: String!) { job(id: $id) { state } }`

const STATES = ['pending', 'queued', 'dead']

interface ListArguments extends ServerArguments {
  readonly kind: string | undefined
  readonly state: string | undefined
  readonly limit: number
}

/** `waybill jobs list` */
export const listJobs = (args: ListArguments, session: Session): Promise<number> => {
  const { kind, state, limit } = args
  if (state !== undefined && !STATES.includes(state)) throw wrongCall(`--state is one of ${STATES.join(', ')}`)
  return withClient(args, session, async (client) => {
    const jobs: Job[] = []
    const variables = { kind, state: state?.toUpperCase() }
    for await (const page of pagesOf<Job>(client, JOBS, variables, { most: limit })) jobs.push(...page)
    const shown = jobs.map((job) => ({ ...job, state: enumWord(job.state) }))
    const { output } = session
    if (output.json) await output.document(shown)
    else {
      const rows = shown.map((job) => [
        job.jobId,
        job.kind,
        job.state,
        job.lane,
        job.createdAt,
        String(job.attempts),
        job.reason ?? '',
      ])
      await output.say(table(['ID', 'KIND', 'STATE', 'LANE', 'CREATED', 'TRIES', 'REASON'], rows))
    }
    return EXIT.done[0]
  })
}

interface ChangeArguments extends ServerArguments {
  readonly ids: readonly string[]
}

const stateOf = async (client: ServerClient, id: string): Promise<string> => {
  const { job } = await client.query<{ job: { readonly state: string } | null }>(JOB, { id })
  if (job === null) throw new Failure('not-found', `there is no job ${id}, or it is over`, { exit: 'not-found' })
  return enumWord(job.state)
}

const change = (
  args: ChangeArguments,
  session: Session,
  command: 'RetryJob' | 'DropJob',
  done: string,
): Promise<number> =>
  withClient(args, session, async (client) => {
    const { output } = session
    const changed: object[] = []
    for (const id of args.ids) {
      const state = await stateOf(client, id)
      if (command === 'RetryJob' && state !== 'dead')
        throw new Failure('conflict', `job ${id} is ${state}: it is tried without being asked`, { exit: 'conflict' })
      changed.push({ id, ...(await client.command(command, { id })) })
      if (!output.json) await output.say(`${done} ${id}`)
    }
    if (output.json) await output.document(changed)
    return EXIT.done[0]
  })

/** `waybill jobs retry` */
export const retryJobs = (args: ChangeArguments, session: Session): Promise<number> =>
  change(args, session, 'RetryJob', 'retried')

/** `waybill jobs drop` */
export const dropJobs = (args: ChangeArguments, session: Session): Promise<number> =>
  change(args, session, 'DropJob', 'dropped')
