import { afterAll, beforeAll, expect, it } from 'vitest'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

let server: GraphqlServer
let manager: string
let reader: string

const QUERY =
  '{ upkeep { name summary schedule nextAt beganAt failures runs(first: 1) { beganAt endedAt freed error } } }'

beforeAll(async () => {
  server = await startGraphql()
  await server.send('CreateProject', { project: 'main' })
  manager = await server.account('ada', [['admin', 'system']])
  reader = await server.account('bob', [['admin', 'main']])
  const sql = server.core.database.database.interactive
  await sql`
    insert into upkeep_tasks (name, summary, schedule, next_at, began_at, ended_at, failures)
    values ('never', 'Was never done.', '0 3 * * *', '2026-03-02T03:00:00Z', null, null, 0),
           ('sweeping', 'Sweeps.', '7 * * * *', '2026-03-01T11:07:00Z', '2026-03-01T10:08:00Z', '2026-03-01T10:08:01Z', 1)`
  await sql`
    insert into upkeep_runs (task, began_at, ended_at, freed, error)
    values ('sweeping', '2026-03-01T10:07:00Z', '2026-03-01T10:07:02Z', 12, null),
           ('sweeping', '2026-03-01T10:08:00Z', '2026-03-01T10:08:01Z', null, 'the disk is away')`
})

afterAll(() => server.close())

it('shows what is done when, and how it went, to those who manage the system', async () => {
  const { data } = await server.ask(QUERY, { as: manager })
  expect(data.upkeep).toEqual([
    {
      name: 'never',
      summary: 'Was never done.',
      schedule: '0 3 * * *',
      nextAt: '2026-03-02T03:00:00.000Z',
      beganAt: null,
      failures: 0,
      runs: [],
    },
    {
      name: 'sweeping',
      summary: 'Sweeps.',
      schedule: '7 * * * *',
      nextAt: '2026-03-01T11:07:00.000Z',
      beganAt: '2026-03-01T10:08:00.000Z',
      failures: 1,
      runs: [
        {
          beganAt: '2026-03-01T10:08:00.000Z',
          endedAt: '2026-03-01T10:08:01.000Z',
          freed: null,
          error: 'the disk is away',
        },
      ],
    },
  ])
})

it('is nobody else’s business', async () => {
  const codes = async (as?: string) => (await server.ask(QUERY, { as })).errors.map(({ extensions }) => extensions.code)
  expect(await codes(reader)).toEqual(['forbidden'])
  expect(await codes()).toEqual(['unauthenticated'])
})
