import type { Sql } from 'postgres'
import type { EventStore } from '../platform/event-store/event-store.ts'
import type { BuiltModel } from './apply-batch.ts'
import { beginBuild, dropBuild, listBuilds, switchTo } from './builds.ts'
import type { ReadModel } from './read-model.ts'
import { applyLog, replay, type RebuildProgress } from './replay.ts'

/**
 * Brings the build to the very head and shows it, in one transaction that holds the live build's row: a projector that would
 * move the old build waits, and then finds the new one.
 */
const catchUpAndSwitch = async (sql: Sql, store: EventStore, entry: BuiltModel): Promise<void> => {
  const { build } = entry
  await sql.begin(async (tx) => {
    await tx`select 1 from read_models where name = ${build.name} for update`
    const [mine] = await tx`
      select 1 from read_models where name = ${build.name} and build = ${build.build} and checkpoint = ${build.checkpoint}`
    if (mine === undefined) throw new Error(`build ${build.build} of ${build.name} was changed by another process`)
    const checkpoint = await applyLog(tx, store, [entry], build.checkpoint)
    await tx`
      update read_models set checkpoint = ${checkpoint}, error = null where name = ${build.name} and build = ${build.build}`
    await switchTo(tx, build)
  })
}

const begin = async (sql: Sql, models: readonly ReadModel[]): Promise<readonly BuiltModel[]> => {
  const names = new Set(models.map(({ name }) => name))
  const abandoned = (await listBuilds(sql)).filter(({ name, live }) => names.has(name) && !live)
  for (const build of abandoned) await dropBuild(sql, build)
  const begun: BuiltModel[] = []
  for (const model of models) begun.push({ model, build: await beginBuild(sql, model) })
  return begun
}

/**
 * Builds a read model from the start of the log beside the live one and switches in one transaction: readers never see less
 * than before. A build that a crash left half done is dropped.
 */
export const rebuild = (sql: Sql, store: EventStore, model: ReadModel, progress?: RebuildProgress): Promise<void> =>
  rebuildTogether(sql, store, [model], progress)

/**
 * The same for several models, for which the log is read once. All of them or none: one that cannot apply an event throws
 * before any is switched.
 */
export const rebuildTogether = async (
  sql: Sql,
  store: EventStore,
  models: readonly ReadModel[],
  progress: RebuildProgress = () => undefined,
): Promise<void> => {
  const begun = await begin(sql, models)
  const built = await replay(sql, store, begun, progress)
  for (const entry of built) await catchUpAndSwitch(sql, store, entry)
}

/** Models that have no live build of the version that this Waybill writes. */
export const outdatedModels = async (sql: Sql, models: readonly ReadModel[]): Promise<readonly ReadModel[]> => {
  const builds = await listBuilds(sql)
  return models.filter(
    (model) => !builds.some(({ name, version, live }) => live && name === model.name && version === model.version),
  )
}
