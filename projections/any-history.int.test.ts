import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CommandResult } from '../commands/command.ts'
import { START } from '../platform/event-store/event-store.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { RegistryModel } from '../test/registry/model.ts'
import { contents, outcomeOf, prepareProject, send, withKeys } from '../test/registry/play.ts'
import { histories } from '../test/registry/steps.ts'
import { everyRow, linesAt, rowsOf } from '../test/registry/table-lines.ts'
import { applyBatch } from './apply-batch.ts'
import { beginBuild, dropBuild } from './builds.ts'
import { READ_MODELS } from './models.ts'
import { rebuild } from './rebuild.ts'

let core: TestCore

beforeAll(async () => {
  core = await openCore()
  for (const bytes of contents) await core.blobs.put(bytes)
})
afterAll(() => core.close())

const sql = () => core.database.database.long

// The tests after the first one look at the histories that it leaves.
it('shows at every position of any history what a plain model of a registry held then', async () => {
  let projects = 0
  let compared = 0
  await fc.assert(
    fc.asyncProperty(histories(40), async (steps) => {
      const project = `p${projects++}`
      await prepareProject(core.run, project, core.system)
      const model = new RegistryModel()
      const answered = new Map<string, CommandResult>()
      const then = new Map<string, readonly string[]>()
      for (const { step, key } of withKeys(steps)) {
        const outcome = await outcomeOf(send(core.run, project, step, { ...core.system, key: `${project} ${key}` }))
        const first = answered.get(key)
        if (first !== undefined) expect(outcome).toEqual({ result: first })
        else {
          const id = 'result' in outcome ? String(outcome.result['id']) : ''
          expect([step, 'refused' in outcome ? outcome.refused : undefined]).toEqual([step, model.take(step, id)])
          if ('result' in outcome) answered.set(key, outcome.result)
        }
        then.set(await core.store.head(), model.rows())
      }
      for (const [position, rows] of then) {
        expect([position, await linesAt(sql(), project, position)]).toEqual([position, rows])
        compared++
      }
    }),
    { numRuns: 15, endOnFailure: true },
  )
  expect(compared).toBeGreaterThan(100)
})

it('has each key valid at most once at any position, and no empty or reversed ranges', async () => {
  const keys = { package_versions: 'repository_id, package, version', packages: 'repository_id, package' }
  const tables = {
    ...keys,
    tags: 'repository_id, package, tag',
    files: 'repository_id, path',
    repositories: 'project, repository',
  }
  let rows = 0
  for (const [table, key] of Object.entries(tables)) {
    const wrong = await sql().unsafe(
      `select * from (select *, lead(valid_from) over (partition by ${key} order by valid_from) as following from ${table}) t
       where valid_to <= valid_from or following < coalesce(valid_to, '~')`,
    )
    expect([table, wrong.length]).toEqual([table, 0])
    rows += Number((await sql().unsafe(`select count(*) as n from ${table}`))[0]?.['n'])
  }
  expect(rows).toBeGreaterThan(100)
})

it('rebuilds every model to the rows that it had live', async () => {
  const live = await everyRow(sql())
  for (const model of READ_MODELS) {
    await rebuild(sql(), core.store, model)
    expect([model.name, await rowsOf(sql(), model.name)]).toEqual([model.name, live[model.name]])
  }
})

it.each([1, 7, 500])('leads to the same rows in batches of %i', async (size) => {
  const events = await core.store.readAll(START, 10_000)
  const live = await everyRow(sql())
  expect(events.length).toBeGreaterThan(100)
  for (const model of READ_MODELS) {
    let build = await beginBuild(sql(), model)
    const { table } = build
    for (let from = 0; from < events.length; from += size) {
      const batch = events.slice(from, from + size)
      const to = batch.at(-1)?.position ?? START
      await applyBatch(sql(), [{ model, build }], batch, to)
      build = { ...build, checkpoint: to }
    }
    expect([model.name, await rowsOf(sql(), table)]).toEqual([model.name, live[model.name]])
    await dropBuild(sql(), build)
  }
})
