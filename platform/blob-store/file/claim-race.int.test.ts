import { link, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openStore, tempFolder } from '../../../test/blob-store/file-store.ts'

/** A collector that keeps to the rule of layout.ts. Says whether it took the blob. */
const collect = async (path: string, aside: string, leaseEnds: number): Promise<boolean> => {
  if ((await stat(path)).mtimeMs > leaseEnds) return false
  await rename(path, aside)
  const renewed = (await stat(aside)).mtimeMs > leaseEnds
  // Not a rename: a put may have named the same bytes anew meanwhile, and either file will do.
  if (renewed) await link(aside, path).catch(() => undefined)
  await rm(aside)
  return !renewed
}

it('never answers for a blob that a collector takes at the same time', async () => {
  await using folder = await tempFolder()
  const store = await openStore(folder.path)
  const bytes = Buffer.from('wanted and unwanted')
  const { digests } = await store.put(bytes)
  const path = join(folder.path, 'blobs', digests.sha256.slice(0, 2), digests.sha256)
  const outcomes = { taken: 0, claimed: 0 }

  for (let round = 0; round < 400; round += 1) {
    await utimes(path, 1, 1)
    const renew = round % 2 ? store.claim(digests.sha256) : store.put(bytes).then((blob) => blob.size)
    const [taken, size] = await Promise.all([collect(path, join(folder.path, 'aside'), 2000), renew])
    if (size !== undefined) expect(await store.size(digests.sha256)).toBe(bytes.length)
    outcomes.taken += taken ? 1 : 0
    outcomes.claimed += size === undefined ? 0 : 1
    if ((await store.size(digests.sha256)) === undefined) await store.put(bytes)
  }
  // Both must have happened, or the race was none.
  expect(outcomes.taken).toBeGreaterThan(0)
  expect(outcomes.claimed).toBeGreaterThan(200)
  await store.close()
})
