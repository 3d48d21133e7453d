import { afterAll, beforeAll, expect, it } from 'vitest'
import { openStore, silent, tempFolder, type TempFolder } from '../../test/blob-store/file-store.ts'
import { startDebianPostgres, type DebianPostgres } from '../../test/engines/debian-postgres.ts'
import { quietLog } from '../../test/postgres.ts'
import { need } from '../../test/servers.ts'
import { openDatabase } from '../database/database.ts'
import { migrate } from '../database/migrations.ts'
import type { BlobStore } from './blob-store.ts'
import { documentMigrations, openDocuments } from './documents.ts'

const debian = await need('postgres 15')

let server: DebianPostgres
let folder: TempFolder
let blobs: BlobStore

beforeAll(async () => {
  if (debian.missing) return
  server = await startDebianPostgres()
  folder = await tempFolder()
  blobs = await openStore(folder.path)
})

afterAll(async () => {
  if (debian.missing) return
  await blobs.close()
  await folder[Symbol.asyncDispose]()
  await server.close()
})

it.skipIf(debian.missing)('has every document that it answered for when Postgres is killed right after', async () => {
  const database = await openDatabase(await server.createDatabase(), { log: quietLog })
  await migrate(database.long, documentMigrations)
  const documents = openDocuments(database.interactive, blobs, silent)
  for (let round = 0; round < 3; round += 1) {
    const digest = await documents.put(Buffer.from(`of round ${round}`))
    await server.kill()
    await server.restart()
    const read = async () => (await documents.many([digest])).get(digest)?.toString()
    await expect.poll(() => read().catch(String), { timeout: 10_000 }).toBe(`of round ${round}`)
  }
  await documents.stop()
  await database.close()
})
