import { createHash, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runProgram } from '../child-process.ts'
import { npmClient, type NpmClient } from '../clients.ts'
import { curl } from '../generic/curl.ts'
import { adminToken } from '../npm/admin-token.ts'
import { ownEnvironment } from '../own-environment.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'
import { startVersity, type Versity } from './versity.ts'

const SIZE = 3_000_000
const versitygw = await need('versitygw')
const npm = await need('npm')

describe.skipIf(versitygw.missing || npm.missing)('with redirect=on', () => {
  let s3: Versity
  let door: FaultyProxy
  let waybill: WaybillProcess
  let admin: string
  let token: string
  const bytes = randomBytes(SIZE)

  beforeAll(async () => {
    s3 = await startVersity()
    await s3.makeBucket('blobs')
    door = await startFaultyProxy(s3.port)
    // Another name than that of Waybill, as it is on other machines.
    const endpoint = door.endpoint.replace('127.0.0.1', 'localhost')
    const { accessKeyId, secretAccessKey } = s3.credentials
    waybill = await startWaybill({
      env: {
        WAYBILL_BLOBS: `s3://blobs/waybill?endpoint=${endpoint}&region=${s3.region}&redirect=on`,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
      },
    })
    admin = `admin:${waybill.adminPassword}`
    token = await adminToken(waybill)
  })
  beforeEach(() => void door.seen())
  afterAll(async () => {
    await waybill.stop()
    await door.close()
    await s3.close()
  })

  /** The requests that came to the S3 server by an address that we gave away: Waybill's own are signed by a header. */
  const byAddress = () => door.seen().filter(({ url }) => url.includes('X-Amz-Signature='))

  describe('the npm client', () => {
    let client: NpmClient
    let folder: string

    const install = async (origin: string): Promise<Buffer> => {
      const registry = `${origin}/npm/main/npm/`
      client = await npmClient({ registry, token })
      folder = join(client.home, 'uses-it')
      await mkdir(folder)
      await writeFile(join(folder, 'package.json'), '{"name":"uses-it","version":"1.0.0"}')
      const outcome = await client.run(['install', '@acme/large'], folder)
      expect(outcome.code, outcome.stderr).toBe(0)
      return readFile(join(folder, 'node_modules', '@acme', 'large', 'large.bin'))
    }

    beforeAll(async () => {
      const publisher = await npmClient({ registry: `${waybill.url}/npm/main/npm/`, token })
      const project = join(publisher.home, 'project')
      await mkdir(project)
      await writeFile(join(project, 'package.json'), '{"name":"@acme/large","version":"1.0.0"}')
      await writeFile(join(project, 'large.bin'), bytes)
      const outcome = await publisher.run(['publish'], project)
      expect(outcome.code, outcome.stderr).toBe(0)
    })

    it('gets a tarball from the S3 server, and shows it no credentials of Waybill', async () => {
      expect((await install(waybill.url)).equals(bytes)).toBe(true)
      const [request, ...more] = byAddress()
      expect(request).toMatchObject({ method: 'GET' })
      expect(request?.headers.authorization).toBeUndefined()
      expect(more).toEqual([])
    })

    it('gets it from Waybill where both have one name, because it would show its credentials', async () => {
      expect((await install(`http://localhost:${waybill.port}`)).equals(bytes)).toBe(true)
      expect(byAddress()).toEqual([])
    })
  })

  describe('curl', () => {
    const at = () => `${waybill.url}/generic/main/generic/large.bin`
    const hash = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex')
    const get = (...args: string[]) => curl(['--user', admin, ...args, at()])

    beforeAll(async () => {
      const file = join(waybill.dataFolder, 'upload')
      await writeFile(file, bytes)
      expect((await get('--upload-file', file)).status).toBe(201)
    })

    it('is told where the file is, and that it must not remember it', async () => {
      const answer = await get()
      expect([answer.status, answer.headers['cache-control'], answer.body]).toEqual([307, 'no-store', ''])
      expect(answer.headers.location).toContain('X-Amz-Signature=')
    })

    it('follows, without its credentials, and sees the headers of the file', async () => {
      const kept = join(waybill.dataFolder, 'download')
      const answer = await curl(['--user', admin, '--location', '--output', kept, '--dump-header', '-', at()])
      expect(answer.code).toBe(0)
      // What --include writes goes into the file too, in front of the bytes.
      expect(hash((await readFile(kept)).subarray(-SIZE))).toBe(hash(bytes))
      expect(byAddress().map(({ headers }) => headers.authorization)).toEqual([undefined])
      const final = answer.body.slice(answer.body.lastIndexOf('HTTP/1.1 200'))
      expect(final).toMatch(/^content-type: application\/octet-stream\r$/im)
      expect(final).toMatch(/^content-disposition: attachment; filename="large.bin"\r$/im)
    })

    it('goes on with a download that broke off', async () => {
      const kept = join(waybill.dataFolder, 'resumed')
      await writeFile(kept, bytes.subarray(0, 1_000_000))
      const script = ['-q', '--silent', '--fail', '--noproxy', '*', '--continue-at', '-', '--output', kept]
      const args = [...script, '--user', admin, '--location', at()]
      const outcome = await runProgram('curl', args, {
        cwd: waybill.dataFolder,
        env: ownEnvironment({}),
        timeout: 60_000,
      })
      expect(outcome.code).toBe(0)
      expect(hash(await readFile(kept))).toBe(hash(bytes))
      expect(byAddress().map(({ headers }) => headers.range)).toEqual(['bytes=1000000-'])
    })

    it('is answered by Waybill when it asks for the head, for a condition or for a small part', async () => {
      const etag = (await get('--head')).headers.etag ?? ''
      expect(etag).toBe(`"sha256:${hash(bytes)}"`)
      expect((await get('--header', `If-None-Match: ${etag}`)).status).toBe(304)
      expect((await get('--range', '0-9')).status).toBe(206)
      expect((await get('--header', 'If-Match: "other"')).status).toBe(412)
      expect(byAddress()).toEqual([])
    })
  })
})
