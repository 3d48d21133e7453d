import { mkdir, readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openStore, type TempFolder, tempFolder } from '../../../test/blob-store/file-store.ts'
import { sha256Of } from '../../../test/contracts/blob-store-bytes.ts'
import { disk } from './disk.ts'
import { openFolderSync } from './folder-sync.ts'
import { smallBlobKeeper, waitingDisk, type SmallBlob } from './small-blobs.ts'

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
    const bytes = Buffer.alloc(200_000, 'lasting')
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

describe('many small puts at once', () => {
  it('make all bytes durable before their names, and each folder once after its names', async () => {
    const { fsync, rename } = waitingDisk
    vi.spyOn(waitingDisk, 'fsync').mockImplementation(async (descriptor) => {
      calls.push(`fsync ${below(await readlink(`/proc/self/fd/${descriptor}`))}`)
      await fsync(descriptor)
    })
    vi.spyOn(waitingDisk, 'rename').mockImplementation((from, to) => {
      calls.push(`rename ${below(String(from))} ${below(String(to))}`)
      rename(from, to)
    })
    await mkdir(join(folder.path, 'incoming'))
    await mkdir(join(folder.path, 'f'))
    const blob = (name: string): SmallBlob => ({
      bytes: Buffer.from(name),
      incoming: join(folder.path, 'incoming', name),
      path: join(folder.path, 'f', name),
      folder: join(folder.path, 'f'),
      lease: 1000,
    })
    const keep = smallBlobKeeper()
    expect(await keep([blob('a'), blob('b')])).toEqual([{ present: undefined }, { present: undefined }])
    expect(calls.toSorted()).toEqual([
      'fsync f',
      'fsync upload',
      'fsync upload',
      'rename upload f/a',
      'rename upload f/b',
    ])
    expect(calls.slice(0, 2)).toEqual(['fsync upload', 'fsync upload'])
    expect(calls.at(-1)).toBe('fsync f')
    calls = []
    expect(await keep([{ ...blob('a'), lease: 2000 }])).toEqual([{ present: 1 }])
    expect(calls).toEqual(['fsync f'])
    expect((await stat(blob('a').path)).mtimeMs).toBe(2_000_000)
  })

  it('are refused one by one, and leave nothing of what was refused', async () => {
    await mkdir(join(folder.path, 'incoming'))
    const absent = join(folder.path, 'absent')
    const there = (name: string, target: string): SmallBlob => ({
      bytes: Buffer.from(name),
      incoming: join(folder.path, 'incoming', name),
      path: join(target, name),
      folder: target,
      lease: 1000,
    })
    const outcomes = await smallBlobKeeper()([there('a', absent), there('b', folder.path)])
    expect(outcomes).toMatchObject([{ failed: { code: 'ENOENT' } }, { present: undefined }])
    expect(await readdir(folder.path)).toEqual(['b', 'incoming'])
    expect(await readdir(join(folder.path, 'incoming'))).toEqual([])
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
