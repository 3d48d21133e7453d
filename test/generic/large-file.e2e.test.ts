import { createHash, randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runProgram } from '../child-process.ts'
import { ownEnvironment } from '../own-environment.ts'
import { startRegistry, type GenericRegistry } from './registry.ts'

const MEGABYTE = 1024 * 1024
const SIZE = 2048 * MEGABYTE
/** Hashes and a disk that others use too: the bound is for what would be a defect, such as a copy of all bytes more. */
const SECONDS = 60

let registry: GenericRegistry
let file: string
let sha256: string

beforeAll(async () => {
  registry = await startRegistry()
  file = join(registry.folder, 'large')
  // mostly holes: the disk need not hold the bytes twice
  const handle = await open(file, 'w')
  await handle.truncate(SIZE)
  for (let at = 0; at < SIZE; at += 64 * MEGABYTE) await handle.write(randomBytes(4096), 0, 4096, at)
  await handle.close()
  const hash = createHash('sha256')
  const reading = await open(file, 'r')
  for await (const chunk of reading.createReadStream({ highWaterMark: MEGABYTE })) hash.update(chunk as Buffer)
  sha256 = hash.digest('hex')
})

afterAll(() => registry.stop())

/** Peak resident memory in bytes (proc_pid_status(5)). */
const peakMemory = async (): Promise<number> =>
  Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${registry.waybill.pid}/status`, 'utf8'))?.[1]) * 1024

const timed = async <T>(work: Promise<T>): Promise<readonly [T, number]> => {
  const began = performance.now()
  return [await work, (performance.now() - began) / 1000]
}

it('stores a file of 2 GB in less than 400 MB of memory, and gives it back to the byte', async () => {
  const at = registry.at('large')
  const [stored, up] = await timed(registry.curl('-T', file, '-H', `X-Checksum-Sha256: ${sha256}`, at))
  expect(stored.status).toBe(201)
  expect(stored.headers.etag).toBe(`"sha256:${sha256}"`)
  const script = 'curl -q --silent --fail --noproxy "*" --user "$USER_PASSWORD" "$URL" | sha256sum'
  const env = ownEnvironment({ USER_PASSWORD: registry.admin, URL: at })
  const [read, down] = await timed(runProgram('sh', ['-c', script], { cwd: tmpdir(), env, timeout: 120_000 }))
  expect(read.stdout).toContain(sha256)
  const peak = await peakMemory()
  const figures = `${up.toFixed(1)} s up, ${down.toFixed(1)} s down, peak memory ${Math.round(peak / MEGABYTE)} MB`
  process.stdout.write(`a file of 2 GB: ${figures}\n`)
  expect(peak).toBeLessThan(400 * MEGABYTE)
  expect(up).toBeLessThan(SECONDS)
  expect(down).toBeLessThan(SECONDS)
})
