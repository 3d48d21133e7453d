import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { npmClient } from './clients.ts'
import { need } from './servers.ts'
import { upstreamRegistry } from './upstream.ts'

const npm = await need('npm')

describe.skipIf(npm.missing)('the npm client for tests', () => {
  const seen: { url: string | undefined; authorization: string | undefined }[] = []
  const server = createServer((request: IncomingMessage, response) => {
    seen.push({ url: request.url, authorization: request.headers.authorization })
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ username: 'someone' }))
  })
  let registry = ''

  beforeAll(async () => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/npm/main/npm/`
  })

  afterAll(() => {
    server.close()
    vi.unstubAllEnvs()
  })

  it('asks our registry with its own token, whatever the environment of the person says', async () => {
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:1/elsewhere/')
    vi.stubEnv('NPM_CONFIG_USERCONFIG', '/nonexistent')
    const client = await npmClient({ registry, token: 'wbt_test' })
    const { code, stdout, stderr } = await client.run(['whoami'], tmpdir())
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({ code: 0, stdout: 'someone', stderr: '' })
    expect(seen).toEqual([{ url: '/npm/main/npm/-/whoami', authorization: 'Bearer wbt_test' }])
  })

  it('keeps its cache and configuration in its own home', async () => {
    const client = await npmClient({ registry })
    const get = async (key: string) => (await client.run(['config', 'get', key], tmpdir())).stdout.trim()
    expect(await get('cache')).toBe(`${client.home}/cache`)
    expect(await get('userconfig')).toBe(client.userConfig)
    expect(await get('registry')).toBe(registry)
  })

  it('answers the code of a command that fails', async () => {
    const client = await npmClient({ registry: 'http://127.0.0.1:1/' })
    expect((await client.run(['ping'], tmpdir())).code).not.toBe(0)
  })
})

describe.skipIf(npm.missing)('the upstream for tests', () => {
  it("is the client's own registry", async () => {
    expect(await upstreamRegistry()).toMatch(/^https?:\/\/.+\/$/)
  })
})
