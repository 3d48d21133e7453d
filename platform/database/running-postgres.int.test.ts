import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { quietLog } from '../../test/postgres.ts'
import { startEmbeddedPostgres } from './embedded-postgres.ts'
import { findRunningPostgres } from './running-postgres.ts'

it('a server that runs on a data folder is found as long as it runs', async () => {
  const parent = await mkdtemp(join(tmpdir(), 'waybill-running-'))
  const folder = join(parent, 'postgres')
  expect(await findRunningPostgres(folder)).toBeUndefined()
  const server = await startEmbeddedPostgres({ dataFolder: folder, log: quietLog })
  expect(await findRunningPostgres(folder)).toEqual(server.connection)
  await server.stop()
  expect(await findRunningPostgres(folder)).toBeUndefined()
  await rm(parent, { recursive: true })
})
