import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { keptFile, readKept, writeKept } from './kept-credentials.ts'

let home = ''
const environment = () => ({ HOME: home })

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'waybill-kept-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const kept = {
  server: 'http://localhost:8420',
  tokens: { 'http://localhost:8420': { token: 'wbt_x', tokenId: '1', account: 'ada' } },
}

const place = async (text: string, mode = 0o600): Promise<void> => {
  const file = keptFile(environment())
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  await chmod(file, mode)
}

describe('what login keeps', () => {
  it('lies where the person wants settings to be', () => {
    expect(keptFile({ HOME: '/home/ada' })).toBe('/home/ada/.config/waybill/config.json')
    expect(keptFile({ HOME: '/home/ada', XDG_CONFIG_HOME: '/settings' })).toBe('/settings/waybill/config.json')
  })

  it('is nothing where nobody signed in', async () => {
    expect(await readKept(environment())).toEqual({ tokens: {} })
  })

  it('is read as it was written, and belongs to its owner alone', async () => {
    await writeKept(environment(), kept)
    await writeKept(environment(), kept)
    expect(await readKept(environment())).toEqual(kept)
    expect((await stat(keptFile(environment()))).mode & 0o777).toBe(0o600)
    expect(JSON.parse(await readFile(keptFile(environment()), 'utf8'))).toEqual(kept)
  })

  it.each([0o640, 0o604, 0o644, 0o660])('is refused when others can read or write it (%o)', async (mode) => {
    await place(JSON.stringify(kept), mode)
    await expect(readKept(environment())).rejects.toMatchObject({
      code: 'config-unusable',
      message: expect.stringContaining('chmod 600') as string,
    })
  })

  it.each(['', 'not json', '[1]', '{"server":1}', '{"tokens":{"http://a":{"token":1}}}'])(
    'is refused when it holds something else: %j',
    async (text) => {
      await place(text)
      await expect(readKept(environment())).rejects.toMatchObject({ code: 'config-unusable' })
    },
  )
})
