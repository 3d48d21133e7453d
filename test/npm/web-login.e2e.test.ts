import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmClient, type NpmClient } from '../clients.ts'
import { ownEnvironment } from '../own-environment.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'

const npm = await need('npm')

/** Forms of one page, as a browser would send them. */
const field = (html: string, name: string): string => new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? ''

describe.skipIf(npm.missing)('npm login in the browser', () => {
  let waybill: WaybillProcess
  let client: NpmClient
  let folder: string
  let registry: string

  beforeAll(async () => {
    waybill = await startWaybill()
    registry = `${waybill.url}/npm/main/npm/`
    client = await npmClient({ registry })
    folder = await mkdtemp(join(tmpdir(), 'waybill-login-'))
  })

  afterAll(async () => {
    await waybill.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** The person: opens the address, signs in, sees which client asks, and confirms. */
  const confirm = async (loginUrl: string): Promise<string> => {
    const page = await fetch(loginUrl)
    const cookie = (page.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    const html = await page.text()
    const send = async (body: Record<string, string>): Promise<string> => {
      const answer = await fetch(`${waybill.url}/sign-in`, {
        method: 'POST',
        headers: { cookie, origin: waybill.url, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(body).toString(),
        redirect: 'manual',
      })
      expect(answer.status).toBe(303)
      return (await fetch(new URL(answer.headers.get('location') ?? '', waybill.url), { headers: { cookie } })).text()
    }
    const id = field(html, 'id')
    const proof = field(html, 'proof')
    const login = { id, proof, step: 'login', login: 'admin', password: waybill.adminPassword }
    const asking = await send(login)
    await send({ id: field(asking, 'id'), proof: field(asking, 'proof'), step: 'confirm' })
    return asking
  }

  it('names the client that asks, wants a confirming click, and leaves the client signed in', async () => {
    const env = ownEnvironment({
      HOME: client.home,
      npm_config_userconfig: client.userConfig,
      npm_config_cache: join(client.home, 'cache'),
      npm_config_browser: 'false',
    })
    const child = spawn('npm', ['login', '--auth-type=web', '--registry', registry], { cwd: folder, env })
    let output = ''
    const loginUrl = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        output += chunk.toString()
        const url = /https?:\S+\/sign-in\?id=[0-9a-f-]+/.exec(output)?.[0]
        if (url !== undefined) resolve(url)
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', (code) => reject(new Error(`npm login ended with ${code}: ${output}`)))
    })
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const asking = await confirm(loginUrl)
    expect(asking).toContain('npm/')
    expect(await ended, output).toBe(0)
    expect(await readFile(client.userConfig, 'utf8')).toContain('_authToken=wbt_')
    expect((await client.run(['whoami'], folder)).stdout.trim()).toBe('admin')
  })
})
