import { afterAll, beforeAll, expect, it } from 'vitest'
import { derivedId, newId } from '../../platform/ids.ts'
import type { ProcessManager } from '../../workers/work.ts'
import { startGraphql, type GraphqlServer } from '../graphql/server.ts'
import { quick, simpleLeases, startNode, until, type Node } from './harness.ts'

const KIND = 'project-note'

/** Every project that is made wants a note in a lane of its own. */
const manager: ProcessManager = {
  name: KIND,
  version: 1,
  initialState: {},
  react: (state, { id, type, data }) => {
    const { project = '', deliveries } = data as { project?: string; deliveries?: readonly string[] }
    if (type === 'WebhookEventsDelivered') return { state, settled: deliveries ?? [] }
    if (type !== 'ProjectCreated') return { state }
    return { state, jobs: [{ id: derivedId(KIND, id), kind: KIND, lane: project, key: project, data: { project } }] }
  },
}

let server: GraphqlServer
let node: Node
let admin: string
let broken = true
const performed: string[] = []

beforeAll(async () => {
  server = await startGraphql()
  const { database, store, tail } = server.core
  const log = {
    database,
    store,
    tail,
    say: () => Promise.reject(new Error('nothing is said here')),
    close: () => Promise.resolve(),
  }
  node = startNode(log, {
    leases: simpleLeases()(),
    works: [
      {
        kind: KIND,
        manager,
        policy: { ...quick, attempts: 1 },
        perform: (job) => {
          if (broken) throw new Error('there is no paper')
          performed.push((job.data as { project: string }).project)
          return Promise.resolve({ outcome: 'done' })
        },
        outcomes: {
          lingerMs: 1,
          eventsOf: (results, batchId) => {
            const done = results.filter(({ outcome }) => outcome !== 'dead')
            if (done.length === 0) return []
            const data = { webhookId: newId(), deliveries: done.map(({ job }) => job.id) }
            return [{ stream: `webhookDelivery-${batchId}`, events: [{ type: 'WebhookEventsDelivered', data }] }]
          },
        },
      },
    ],
  })
  admin = await server.account('ann', [['admin', 'system']])
  for (const project of ['one', 'two', 'three']) await server.send('CreateProject', { project })
  await until(async () => (await jobs('state: DEAD')).length === 3, 'every job is dead')
})

afterAll(async () => {
  await node.stop()
  await server.close()
})

const ask = (query: string, as: string | undefined = admin) => server.ask(query, { as })

interface Shown {
  readonly jobId: string
  readonly lane: string
}

const jobs = async (args: string): Promise<readonly Shown[]> => {
  const { data } = await ask(
    `{ jobs(${args}) { nodes { jobId kind manager lane key state attempts reason createdAt } } }`,
  )
  return data.jobs?.nodes as unknown as readonly Shown[]
}

const jobOf = async (lane: string): Promise<string> => {
  const found = (await jobs('first: 10')).find((job) => job.lane === lane)
  return found?.jobId ?? ''
}

const change = (command: 'retryJob' | 'dropJob', id: string, as?: string) =>
  ask(`mutation { ${command}(input: { id: "${id}" }) { position } }`, as)

it('shows the jobs that nobody tries any more, with the reason', async () => {
  expect(await jobs(`kind: "${KIND}", state: DEAD, first: 1`)).toEqual([
    {
      jobId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      kind: KIND,
      manager: KIND,
      lane: 'one',
      key: 'one',
      state: 'DEAD',
      attempts: 1,
      reason: 'there is no paper',
      createdAt: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/) as string,
    },
  ])
  expect(await jobs('kind: "webhook"')).toEqual([])
  expect(await jobs('state: QUEUED')).toEqual([])
})

it('gives pages, and refuses a cursor that it did not give out', async () => {
  const page = async (after: string) => {
    const { data, errors } = await ask(
      `{ jobs(first: 2${after}) { nodes { lane } pageInfo { hasNextPage endCursor } } }`,
    )
    return { lanes: data.jobs?.nodes?.map(({ lane }) => lane), info: data.jobs?.pageInfo, errors }
  }
  const first = await page('')
  expect(first.lanes).toEqual(['one', 'two'])
  const second = await page(`, after: "${String(first.info?.endCursor)}"`)
  expect(second.lanes).toEqual(['three'])
  const made = Buffer.from(JSON.stringify(['jobs', "1' or true"])).toString('base64url')
  expect((await page(`, after: "${made}"`)).errors).toMatchObject([{ extensions: { code: 'invalid-input' } }])
})

it('says how far each process manager has come', async () => {
  const { data } = await ask('{ processManagers { name version position halted } }')
  expect(data.processManagers).toEqual([
    { name: KIND, version: 1, position: expect.stringMatching(/^\d{20}$/) as string, halted: null },
  ])
})

it('shows and changes jobs for those only who manage the system', async () => {
  const id = await jobOf('one')
  const owner = await server.account('pat', [['admin', 'three']])
  for (const [as, code] of [
    [owner, 'forbidden'],
    ['', 'unauthenticated'],
  ] as const) {
    const who = as === '' ? undefined : as
    for (const query of [
      '{ jobs { nodes { jobId } } }',
      `{ job(id: "${id}") { kind } }`,
      '{ processManagers { name } }',
    ]) {
      const { errors } = await server.ask(query, { as: who })
      expect(errors).toMatchObject([{ extensions: { code } }])
    }
    for (const command of ['retryJob', 'dropJob'] as const) {
      const { errors } = await server.ask(`mutation { ${command}(input: { id: "${id}" }) { position } }`, { as: who })
      expect(errors).toMatchObject([{ extensions: { code } }])
    }
  }
  expect((await jobs('state: DEAD')).length).toBe(3)
})

it('gives a dead job new tries when somebody wants it, and forgets one that nobody wants', async () => {
  broken = false
  const retried = await jobOf('two')
  expect((await change('retryJob', retried)).errors).toEqual([])
  await until(async () => (await jobOf('two')) === '', 'it is over')
  expect(performed).toEqual(['two'])

  const dropped = await jobOf('one')
  expect((await change('dropJob', dropped)).errors).toEqual([])
  await until(async () => (await jobOf('one')) === '', 'it is forgotten')
  expect((await change('retryJob', dropped)).errors).toMatchObject([{ extensions: { code: 'not-found' } }])
  expect(performed).toEqual(['two'])
  expect((await jobs('state: DEAD')).map(({ lane }) => lane)).toEqual(['three'])

  const { data } = await ask(
    `{ auditTrail(types: ["JobRetried", "JobDropped"], order: ASC) { nodes { type actor { login } data } } }`,
  )
  expect(data.auditTrail?.nodes).toEqual([
    { type: 'JobRetried', actor: { login: 'ann' }, data: { jobId: retried } },
    { type: 'JobDropped', actor: { login: 'ann' }, data: { jobId: dropped } },
  ])
})

it('refuses what is no id, and changes nothing by one of no job', async () => {
  expect((await change('retryJob', 'x')).errors).toMatchObject([{ extensions: { code: 'invalid-input' } }])
  expect((await change('dropJob', newId())).errors).toEqual([])
  const { data } = await ask(`{ job(id: "${newId()}") { kind } }`)
  expect(data.job).toBeNull()
  expect((await jobs('state: DEAD')).map(({ lane }) => lane)).toEqual(['three'])
})
