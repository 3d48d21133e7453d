import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type EmbeddedConnection, startEmbeddedPostgres } from '../platform/database/embedded-postgres.ts'
import { type DistributedEngines, startDistributedEngines } from './engines/distributed.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: EmbeddedConnection
    /** Undefined: every Waybill runs on the embedded default. */
    engines: DistributedEngines | undefined
  }
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

const ends: (() => Promise<void>)[] = []

/** One Postgres for a whole project's run: starting a server costs a second, creating a database some milliseconds. */
export const setup = async (project: TestProject): Promise<void> => {
  if (process.env.WAYBILL_TEST_ENGINES === 'distributed') {
    const { engines, close } = await startDistributedEngines()
    ends.push(close)
    project.provide('engines', engines)
    project.provide('postgres', { ...engines.postgres, user: 'waybill', database: 'postgres' })
    return
  }
  project.provide('engines', undefined)
  const folder = await mkdtemp(join(tmpdir(), 'waybill-test-postgres-'))
  const server = await startEmbeddedPostgres({ dataFolder: folder, log: silent })
  ends.push(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  project.provide('postgres', server.connection)
}

export const teardown = async (): Promise<void> => {
  for (const end of ends.splice(0)) await end()
}
