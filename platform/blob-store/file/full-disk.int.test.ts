import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { incomingOf, tempFolder, visibleBlobs } from '../../../test/blob-store/file-store.ts'

const run = promisify(execFile)
const stores = new URL('../../../test/blob-store/file-store.ts', import.meta.url).href

const script = `
  const { openStore } = await import(${JSON.stringify(stores)})
  const store = await openStore(process.argv[1])
  const kept = await store.put(Buffer.alloc(100_000, 1))
  const chunks = async function* () { for (let n = 0; n < 40; n += 1) yield Buffer.alloc(100_000, n) }
  const refused = []
  for (const source of [Buffer.alloc(3_000_000, 2), chunks()]) await store.put(source).catch((error) => refused.push(error.code))
  console.log(JSON.stringify({ kept: kept.size, refused }))
`

// The limit on the size of a file (in blocks of 512 bytes) stands in for a full disk: the write that goes beyond it fails.
it('says that it is unavailable when the disk takes no more, and leaves nothing', async () => {
  await using folder = await tempFolder()
  const limited = 'ulimit -f 2000; exec "$0" --input-type=module -e "$1" "$2"'
  const { stdout } = await run('sh', ['-c', limited, process.execPath, script, folder.path])
  expect(JSON.parse(stdout)).toEqual({ kept: 100_000, refused: ['unavailable', 'unavailable'] })
  expect(incomingOf(folder.path)).toEqual([])
  expect(visibleBlobs(folder.path)).toHaveLength(1)
})
