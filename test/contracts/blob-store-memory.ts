import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import type { BlobStoreAdapter } from './blob-store-under-test.ts'

const run = promisify(execFile)

const MEGABYTES = 768

export const memoryCases = (adapter: BlobStoreAdapter): void => {
  it(`takes and gives ${MEGABYTES} MB in a process that stays far below that`, { timeout: 120_000 }, async () => {
    const { argument, end } = await adapter.childArgument()
    try {
      const child = fileURLToPath(new URL('./blob-store-child.ts', import.meta.url))
      const args = [child, adapter.childModule.href, argument, String(MEGABYTES)]
      const { stdout } = await run(process.execPath, args, { timeout: 110_000 })
      const { written, read, peakMegabytes } = JSON.parse(stdout) as Record<string, number>
      expect(written).toBe(MEGABYTES * 1_000_000)
      expect(read).toBe(written)
      expect(peakMegabytes).toBeLessThan(250)
    } finally {
      await end()
    }
  })
}
