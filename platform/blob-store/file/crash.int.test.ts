import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { incomingOf, openStore, tempFolder, visibleBlobs } from '../../../test/blob-store/file-store.ts'
import { sha256Of } from '../../../test/contracts/blob-store-bytes.ts'

const program = fileURLToPath(new URL('../../../test/blob-store/put-until-killed.ts', import.meta.url))

/** Runs the program until it has acknowledged `count` puts, kills it, and says which it had acknowledged by then. */
const putAndKill = async (folder: string, count: number): Promise<string[]> => {
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(child, 'close')
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (printed.split('\n').length > count) child.kill('SIGKILL')
  })
  expect(await closed).toEqual([null, 'SIGKILL'])
  return printed.split('\n').slice(0, -1)
}

it(
  'shows no half blob and loses no acknowledged one, killed 20 times in the middle of puts',
  { timeout: 120_000 },
  async () => {
    await using folder = await tempFolder()
    const acknowledged: string[] = []
    let abandoned = 0
    for (let round = 0; round < 20; round += 1) {
      acknowledged.push(...(await putAndKill(folder.path, 5 + 7 * round)))
      abandoned = Math.max(abandoned, incomingOf(folder.path).length)
    }

    const blobs = visibleBlobs(folder.path)
    for (const { name, path } of blobs) expect(sha256Of(await readFile(path))).toBe(name)
    const visible = new Set(blobs.map((blob) => blob.name))
    expect(acknowledged.filter((sha256) => !visible.has(sha256))).toEqual([])
    expect(acknowledged.length).toBeGreaterThan(1000)

    expect(abandoned).toBeGreaterThan(0)
    const store = await openStore(folder.path, { sweepAfterMs: 0 })
    expect(incomingOf(folder.path)).toEqual([])
    expect(visibleBlobs(folder.path)).toHaveLength(blobs.length)
    await store.close()
  },
)
