import { mkdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openStore, type TempFolder, tempFolder } from '../../../test/blob-store/file-store.ts'
import { sha256Of } from '../../../test/contracts/blob-store-bytes.ts'
import { disk } from './disk.ts'
import { openFolderSync } from './folder-sync.ts'

let folder: TempFolder
/** What was made durable or named, in order: the paths below the test's folder, uploads as `upload`. */
let calls: string[]

const below = (path: string): string => path.slice(folder.path.length + 1).replace(/^incoming\/.+/, 'upload')

beforeEach(async () => {
  folder = await tempFolder()
  calls = []
  const { fsync, rename } = disk
  vi.spyOn(disk, 'fsync').mockImplementation(async (descriptor) => {
    calls.push(`fsync ${below(await readlink(`/proc/self/fd/${descriptor}`))}`)
    await fsync(descriptor)
  })
  vi.spyOn(disk, 'rename').mockImplementation(async (from, to) => {
    calls.push(`rename ${below(String(from))} ${below(String(to))}`)
    await rename(from, to)
  })
})

afterEach(async () => {
  vi.restoreAllMocks()
  await folder[Symbol.asyncDispose]()
})

describe('a put', () => {
  it('makes the bytes durable before their name, and the name before it returns', async () => {
    const store = await openStore(folder.path)
    const bytes = Buffer.from('lasting')
    const sha256 = sha256Of(bytes)
    const fan = `blobs/${sha256.slice(0, 2)}`
    calls = []
    await store.put(bytes)
    expect(calls).toEqual(['fsync blobs', 'fsync upload', `rename upload ${fan}/${sha256}`, `fsync ${fan}`])
    calls = []
    await store.put(bytes)
    await store.claim(sha256)
    // Another put may have named it just now, and nothing said so far makes that name last.
    expect(calls).toEqual([`fsync ${fan}`, `fsync ${fan}`])
    await store.close()
  })
})

describe('syncing a folder', () => {
  it('is shared by all who ask while an earlier one runs, and never with that one', async () => {
    const folders = openFolderSync()
    const path = join(folder.path, 'f')
    await mkdir(path)
    const first = folders.sync(path)
    const later = Array.from({ length: 10 }, () => folders.sync(path))
    await Promise.all([first, ...later])
    expect(calls).toEqual(['fsync f', 'fsync f'])
    await folders.sync(path)
    expect(calls).toHaveLength(3)
    await folders.close()
  })

  it('fails for all who share it, and can be tried again', async () => {
    const folders = openFolderSync()
    const path = join(folder.path, 'f')
    const failed = await Promise.allSettled([folders.sync(path), folders.sync(path), folders.sync(path)])
    for (const one of failed) expect(one).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
    await mkdir(path)
    await folders.sync(path)
    await folders.close()
  })

  it('is waited for by close, and refused after it', async () => {
    const folders = openFolderSync()
    const running = folders.sync(folder.path)
    const next = folders.sync(folder.path)
    await folders.close()
    expect(calls).toHaveLength(2)
    await Promise.all([running, next])
    await expect(folders.sync(folder.path)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
