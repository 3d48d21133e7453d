import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { adminToken } from './admin-token.ts'

const MEGABYTE = 1024 * 1024
const SIZE = 200 * MEGABYTE

let waybill: WaybillProcess
let token: string

beforeAll(async () => {
  waybill = await startWaybill()
  token = await adminToken(waybill)
})

afterAll(async () => {
  await waybill.stop()
})

/** Peak resident memory in bytes (proc_pid_status(5)). */
const peakMemory = async (): Promise<number> =>
  Number(/VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${waybill.pid}/status`, 'utf8'))?.[1]) * 1024

it('publishes a tarball of 200 MB in less than 400 MB of memory, and gives it back to the byte', async () => {
  // a multiple of 3, so that the base64 of the blocks can be put one behind the other
  const block = randomBytes(3 * 256 * 1024)
  const blocks = Math.ceil(SIZE / block.length)
  const size = blocks * block.length
  const [sha1, sha512] = [createHash('sha1'), createHash('sha512')]
  for (let index = 0; index < blocks; index++) for (const hash of [sha1, sha512]) hash.update(block)
  const shasum = sha1.digest('hex')
  const dist = { shasum, integrity: `sha512-${sha512.digest('base64')}` }
  const name = 'large'
  const head = {
    _id: name,
    name,
    'dist-tags': { latest: '1.0.0' },
    versions: { '1.0.0': { name, version: '1.0.0', dist } },
  }
  const start = `${JSON.stringify(head).slice(0, -1)},"_attachments":{"large-1.0.0.tgz":{"length":${size},"data":"`

  const upload = request(`${waybill.url}/npm/main/npm/large`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  })
  const answered = once(upload, 'response')
  upload.write(start)
  const text = block.toString('base64')
  for (let index = 0; index < blocks; index++) if (!upload.write(text)) await once(upload, 'drain')
  upload.end('"}}}')
  const [answer] = (await answered) as [{ statusCode: number; resume(): void }]
  answer.resume()
  expect(answer.statusCode).toBe(201)

  const download = await fetch(`${waybill.url}/npm/main/npm/large/-/large-1.0.0.tgz`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const hash = createHash('sha1')
  for await (const chunk of download.body ?? []) hash.update(chunk)
  expect(hash.digest('hex')).toBe(shasum)
  const peak = await peakMemory()
  process.stdout.write(`peak memory ${Math.round(peak / MEGABYTE)} MB for a tarball of ${SIZE / MEGABYTE} MB\n`)
  expect(peak).toBeLessThan(400 * MEGABYTE)
})
