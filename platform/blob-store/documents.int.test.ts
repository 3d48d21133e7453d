import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStore, silent, tempFolder, visibleBlobs, type TempFolder } from '../../test/blob-store/file-store.ts'
import { testDatabase, type TestDatabase } from '../../test/postgres.ts'
import { migrate } from '../database/migrations.ts'
import type { BlobStore } from './blob-store.ts'
import { documentMigrations, openDocuments, type Documents } from './documents.ts'

let database: TestDatabase
let folder: TempFolder
let blobs: BlobStore
const opened: Documents[] = []

const open = (store = blobs): Documents => {
  const documents = openDocuments(database.database.interactive, store, silent)
  opened.push(documents)
  return documents
}

beforeEach(async () => {
  database = await testDatabase()
  await migrate(database.database.long, documentMigrations)
  folder = await tempFolder()
  blobs = await openStore(folder.path)
})

afterEach(async () => {
  for (const documents of opened.splice(0)) await documents.stop()
  await blobs.close()
  await folder[Symbol.asyncDispose]()
  await database.drop()
})

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const names = (): string[] => visibleBlobs(folder.path).map(({ name }) => name)
const manyTexts = (count: number): string[] => Array.from({ length: count }, (_, n) => `document ${n}`)
const waiting = async (): Promise<number> => (await database.database.interactive`select from documents_to_copy`).length

it('keeps a document before it answers, under the digest of its bytes', async () => {
  const digest = await open().put(Buffer.from('a manifest'))
  expect(digest).toBe(sha256('a manifest'))
  const rows = await database.database.long`select body from documents where digest = ${digest}`
  expect(rows.map(({ body }) => (body as Buffer).toString())).toEqual(['a manifest'])
})

it('gives back what was put, by many at once and in any mixture', async () => {
  const documents = open()
  const texts = manyTexts(600)
  const digests = await Promise.all([...texts, 'document 1'].map((text) => documents.put(Buffer.from(text))))
  const found = await documents.many([...digests, digests[0] as string])
  expect(found.size).toBe(600)
  for (const text of texts) expect(found.get(sha256(text))?.toString()).toBe(text)
})

it('copies every document into the blob store when nothing was put for a while', async () => {
  const documents = open()
  const texts = manyTexts(150)
  await Promise.all(texts.map((text) => documents.put(Buffer.from(text))))
  expect(names()).toEqual([])
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  expect(new Set(names())).toEqual(new Set(texts.map(sha256)))
})

it('copies after the next start what the process before left, and one document once among several processes', async () => {
  const first = open()
  const texts = manyTexts(100)
  await Promise.all(texts.map((text) => first.put(Buffer.from(text))))
  await first.stop()
  const puts: string[] = []
  const counting: BlobStore = {
    ...blobs,
    put: async (source, options) => {
      const stored = await blobs.put(source, options)
      puts.push(stored.digests.sha256)
      return stored
    },
  }
  open(counting)
  open(counting)
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  expect(puts.toSorted()).toEqual(texts.map(sha256).toSorted())
})

it('tries again when the blob store failed', async () => {
  let failures = 2
  const failing: BlobStore = {
    ...blobs,
    put: (source, options) =>
      failures-- > 0 ? Promise.reject(new Error('the disk is away')) : blobs.put(source, options),
  }
  await open(failing).put(Buffer.from('stubborn'))
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  expect(names()).toEqual([sha256('stubborn')])
})

it('reads from the blob store what the table has lost, and puts it back', async () => {
  const documents = open()
  const digest = await documents.put(Buffer.from('lost'))
  await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
  const sql = database.database.interactive
  await sql`truncate documents`
  expect((await documents.many([digest])).get(digest)?.toString()).toBe('lost')
  await expect.poll(async () => (await sql`select from documents`).length).toBe(1)
  expect(await waiting()).toBe(0)
})

it('keeps a large document as a blob at once', async () => {
  const documents = open()
  const large = Buffer.alloc(100_000, 'x')
  const digest = await documents.put(large)
  expect(names()).toEqual([digest])
  expect((await documents.many([digest])).get(digest)).toEqual(large)
})

it('refuses what cannot be kept, and a document that is nowhere', async () => {
  const documents = open()
  await expect(documents.many([sha256('never put')])).rejects.toMatchObject({ code: 'blob-missing' })
  await database.database.interactive`drop table documents`
  await expect(documents.put(Buffer.from('nowhere to go'))).rejects.toThrow('documents')
})
