import type { Sql } from 'postgres'
import type { EventStore, Position } from '../platform/event-store/event-store.ts'
import { applyBatch } from './apply-batch.ts'
import { beginBuild, dropBuild, listBuilds, switchTo, type Build } from './builds.ts'
import { runStatements, wants, type ReadModel } from './read-model.ts'

const PAGE = 5000

/** Called as a rebuild goes on: events applied so far, and the position reached. */
export type RebuildProgress = (events: number, position: Position) => void

const replay = async (
  sql: Sql,
  store: EventStore,
  model: ReadModel,
  begun: Build,
  progress: RebuildProgress,
): Promise<Build> => {
  let build = begun
  let count = 0
  // the next page is fetched while this one is applied
  let next = store.readAll(build.checkpoint, PAGE)
  for (;;) {
    const events = await next
    const last = events.at(-1)
    if (last === undefined) return build
    next = store.readAll(last.position, PAGE)
    next.catch(() => undefined) // thrown where it is awaited; nobody awaits it when this page fails first
    await applyBatch(sql, [{ model, build }], events, last.position)
    build = { ...build, checkpoint: last.position }
    count += events.length
    progress(count, last.position)
  }
}

/**
 * Brings the build to the very head and shows it, in one transaction that holds the live build's row: a projector that would
 * move the old build waits, and then finds the new one.
 */
const catchUpAndSwitch = async (sql: Sql, store: EventStore, model: ReadModel, build: Build): Promise<void> => {
  await sql.begin(async (tx) => {
    await tx`select 1 from read_models where name = ${model.name} for update`
    const [mine] = await tx`
      select 1 from read_models where name = ${build.name} and build = ${build.build} and checkpoint = ${build.checkpoint}`
    if (mine === undefined) throw new Error(`build ${build.build} of ${build.name} was changed by another process`)
    let { checkpoint } = build
    for (;;) {
      const events = await store.readAll(checkpoint, PAGE)
      const last = events.at(-1)
      if (last === undefined) break
      const wanted = events.filter((event) => wants(model, event))
      if (wanted.length > 0) await model.apply(tx, build.table, wanted)
      checkpoint = last.position
    }
    await tx`
      update read_models set checkpoint = ${checkpoint}, error = null where name = ${build.name} and build = ${build.build}`
    await switchTo(tx, build)
  })
}

/**
 * Builds a read model from the start of the log beside the live one and switches in one transaction: readers never see less
 * than before. A build that a crash left half done is dropped.
 */
export const rebuild = async (
  sql: Sql,
  store: EventStore,
  model: ReadModel,
  progress: RebuildProgress = () => undefined,
): Promise<void> => {
  const abandoned = (await listBuilds(sql)).filter(({ name, live }) => name === model.name && !live)
  for (const build of abandoned) await dropBuild(sql, build)
  const begun = await beginBuild(sql, model)
  const replayed = await replay(sql, store, model, begun, progress)
  await runStatements(sql, model.indexes, begun.table)
  await sql.unsafe(`analyze ${begun.table}`)
  await catchUpAndSwitch(sql, store, model, replayed)
}

/** Models that have no live build of the version that this Waybill writes. */
export const outdatedModels = async (sql: Sql, models: readonly ReadModel[]): Promise<readonly ReadModel[]> => {
  const builds = await listBuilds(sql)
  return models.filter(
    (model) => !builds.some(({ name, version, live }) => live && name === model.name && version === model.version),
  )
}
