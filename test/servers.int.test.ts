import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { askFor, readRecords } from './servers.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-servers-'))
  vi.stubEnv('WAYBILL_TEST_RECORD', join(folder, 'records'))
  vi.stubEnv('WAYBILL_TEST_REQUIRE', '')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

const there = { purpose: 'a test', install: 'nothing', probe: () => Promise.resolve('1.2.3') }
const absent = { purpose: 'a test', install: 'apt-get install it', probe: () => Promise.reject(new Error('ENOENT')) }

it('records the version of what is there and the reason for what is not', async () => {
  expect(await askFor('there', there)).toEqual({ missing: false, version: '1.2.3' })
  expect(await askFor('absent', absent)).toEqual({ missing: true, version: '' })
  expect(readRecords(join(folder, 'records'))).toEqual([
    { name: 'there', version: '1.2.3' },
    { name: 'absent', reason: 'ENOENT' },
  ])
})

it('fails, and says how to get it, when everything is required', async () => {
  vi.stubEnv('WAYBILL_TEST_REQUIRE', 'all')
  await expect(askFor('absent', absent)).rejects.toThrow('absent is missing (ENOENT): apt-get install it')
  expect(await askFor('there', there)).toMatchObject({ missing: false })
})

it('does not fail for what a machine may lack for ever', async () => {
  vi.stubEnv('WAYBILL_TEST_REQUIRE', 'all')
  expect(await askFor('absent', { ...absent, optional: true })).toMatchObject({ missing: true })
})
