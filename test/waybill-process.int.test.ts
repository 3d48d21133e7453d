import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startWaybill } from './waybill-process.ts'

/** Stands in for the `waybill` command: ready on its second answer; prints what it was given. */
const fake = `
const { createServer } = require('node:http')
if (process.env.WAYBILL_LOG === 'silent') { console.error('cannot start'); process.exit(1) }
let asked = 0
const server = createServer((_, response) => response.writeHead(++asked > 1 ? 200 : 503).end())
server.listen(Number(process.env.WAYBILL_PORT), process.env.WAYBILL_HOST)
console.log(process.argv[2], Object.keys(process.env).filter((name) => name.startsWith('WAYBILL_')).sort().join(' '))
process.on('SIGTERM', () => { console.log('draining'); process.exit(0) })
`

let folder = ''
let bin = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-fake-'))
  bin = join(folder, 'fake.cjs')
  await writeFile(bin, fake)
})

afterAll(() => rm(folder, { recursive: true, force: true }))

it('waits until Waybill is ready, stops it in order and removes its data', async () => {
  const waybill = await startWaybill({ bin })
  expect((await fetch(`${waybill.url}/readyz`)).status).toBe(200)
  await waybill.stop()
  expect(waybill.logs()).toContain('draining')
  expect(existsSync(waybill.dataFolder)).toBe(false)
  await expect(fetch(waybill.url)).rejects.toThrow()
})

it('passes on no setting of the person and those of the test', async () => {
  vi.stubEnv('WAYBILL_ROLES', 'gateway')
  await using waybill = await startWaybill({ bin, env: { WAYBILL_LOG: 'debug' } })
  vi.unstubAllEnvs()
  expect(waybill.logs()).toContain('start WAYBILL_ADMIN_PASSWORD WAYBILL_DATA WAYBILL_HOST WAYBILL_LOG WAYBILL_PORT\n')
})

it('starts again on the same port and data after a kill', async () => {
  await using waybill = await startWaybill({ bin, dataFolder: folder })
  const before = { pid: waybill.pid, url: waybill.url }
  expect(await waybill.kill('SIGKILL')).toBeNull()
  expect(() => waybill.pid).toThrow('not running')
  await waybill.restart()
  expect(waybill.url).toBe(before.url)
  expect(waybill.pid).not.toBe(before.pid)
  expect(existsSync(waybill.dataFolder)).toBe(true)
})

it('says what Waybill printed when it does not start', async () => {
  await expect(startWaybill({ bin, env: { WAYBILL_LOG: 'silent' } })).rejects.toThrow('cannot start')
})
