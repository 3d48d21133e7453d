import { afterAll, beforeAll, expect, it } from 'vitest'
import { START, type RecordedEvent } from '../platform/event-store/event-store.ts'
import { openCore, type TestCore } from '../test/core.ts'
import { appendAlone, rawEvent, rawVersion } from '../test/registry/raw-events.ts'
import { rowsOf } from '../test/registry/table-lines.ts'
import { copying } from './copy-rows.ts'
import { packageVersions } from './package-versions/projection.ts'
import { packages } from './packages/projection.ts'
import { runStatements, wants, type ReadModel } from './read-model.ts'
import { tags } from './tags/projection.ts'

let core: TestCore
let log: readonly RecordedEvent[]

const place = { repositoryId: 'r1', project: 'main', repository: 'npm', format: 'npm' }
const later = (type: string, name: string, version: string, fields: object = {}) =>
  rawEvent(type, { ...place, package: name, version, ...fields })

beforeAll(async () => {
  core = await openCore([])
  for (let round = 0; round < 12; round++) {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await appendAlone(core.store, rawVersion(name, `${round}.0.0`))
    await appendAlone(core.store, later('PackageVersionDeprecated', 'a', `${round}.0.0`, { message: 'old' }))
    await appendAlone(core.store, later('PackageVersionYanked', 'b', `${round >> 1}.0.0`, { reason: 'broken' }))
    if (round > 3) await appendAlone(core.store, later('PackageVersionDeleted', 'c', `${round - 3}.0.0`))
    if (round === 8) await appendAlone(core.store, later('PackageVersionUndeprecated', 'a', '0.0.0'))
  }
  log = await core.store.readAll(START, 1000)
})
afterAll(() => core.close())

let tables = 0
const rowsAfter = async (model: ReadModel, batch: number, hold: number): Promise<string> => {
  const sql = core.database.database.long
  const table = `${model.name}_test${(tables += 1)}`
  await runStatements(sql, model.table, table)
  const events = log.filter((event) => wants(model, event))
  const held = new Map<string, unknown>()
  await sql.begin(async (tx) => {
    for (let from = 0; from < events.length; from += batch)
      await model.apply(tx, table, events.slice(from, from + batch), copying(held, hold))
    expect(held.size).toBeLessThanOrEqual(hold)
    await model.apply(tx, table, [], copying(held, 0))
  })
  expect(held.size).toBe(0)
  return rowsOf(sql, table)
}

it.each([packageVersions, packages, tags])('gives $name the same rows however much is held back', async (model) => {
  const rows = await rowsAfter(model, 1, 0)
  expect(rows.split('\n').length).toBeGreaterThan(30)
  for (const hold of [1, 3, 1000])
    for (const batch of [1, 4, 50]) expect(await rowsAfter(model, batch, hold)).toBe(rows)
})
