import { stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { incomingOf, openStore, type TempFolder, tempFolder } from '../../../test/blob-store/file-store.ts'
import { blobStoreContract } from '../../../test/contracts/blob-store.ts'

blobStoreContract('files', {
  open: async () => {
    const folder = await tempFolder()
    const store = await openStore(folder.path)
    return {
      store,
      leftovers: () => Promise.resolve(incomingOf(folder.path)),
      close: async () => {
        await store.close()
        await folder[Symbol.asyncDispose]()
      },
    }
  },
  childModule: new URL('../../../test/blob-store/file-store.ts', import.meta.url),
  childArgument: async () => {
    const folder = await tempFolder()
    return { argument: folder.path, end: () => folder[Symbol.asyncDispose]() }
  },
})

describe('the file blob store', () => {
  let folder: TempFolder
  beforeEach(async () => {
    folder = await tempFolder()
  })
  afterEach(() => folder[Symbol.asyncDispose]())

  const pathOf = (sha256: string): string => join(folder.path, 'blobs', sha256.slice(0, 2), sha256)

  it('keeps its blobs from one opening to the next, for its owner only', async () => {
    const inside = join(folder.path, 'made', 'when', 'missing')
    const first = await openStore(inside)
    const { digests } = await first.put(Buffer.from('kept'))
    await first.close()
    const second = await openStore(inside)
    expect(await second.read(digests.sha256)).toEqual(Buffer.from('kept'))
    await second.close()
    expect((await stat(inside)).mode & 0o777).toBe(0o700)
    const path = join(inside, 'blobs', digests.sha256.slice(0, 2), digests.sha256)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('renews the lease of a blob by a claim and by a put of the same bytes, without writing it again', async () => {
    const store = await openStore(folder.path, { clock: { now: () => 5_000_000 } })
    const { digests } = await store.put(Buffer.from('leased'))
    const { ino } = await stat(pathOf(digests.sha256))
    for (const renew of [() => store.claim(digests.sha256), () => store.put(Buffer.from('leased'))]) {
      await utimes(pathOf(digests.sha256), 1, 1)
      await renew()
      expect(await stat(pathOf(digests.sha256))).toMatchObject({ mtimeMs: 5_000_000, ino })
    }
    await store.close()
  })

  it('replaces a blob that was cut short behind its back, and says so', async () => {
    const warnings: unknown[] = []
    const log = { info: () => undefined, warn: (fields: unknown) => void warnings.push(fields) }
    const store = await openStore(folder.path, { log })
    const { digests } = await store.put(Buffer.from('whole bytes'))
    await writeFile(pathOf(digests.sha256), 'who')
    await store.put(Buffer.from('whole bytes'))
    expect(await store.read(digests.sha256)).toEqual(Buffer.from('whole bytes'))
    expect(warnings).toEqual([{ sha256: digests.sha256, present: 3, size: 11 }])
    await store.close()
  })

  it('says that it is unavailable when its folder cannot be made', async () => {
    await writeFile(join(folder.path, 'file'), '')
    await expect(openStore(join(folder.path, 'file', 'below'))).rejects.toMatchObject({ code: 'unavailable' })
  })
})
