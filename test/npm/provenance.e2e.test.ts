import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { ownSigstore } from './own-sigstore.ts'
import { person, registryOf, type Person } from './people.ts'
import { testPackage } from './publish-document.ts'

const NAME = '@acme/attested'
const PURL = 'pkg:npm/%40acme/attested'
const [npm, sigstore] = [await need('npm'), await need('sigstore mock')]

describe.skipIf(npm.missing || sigstore.missing)('provenance', () => {
  let waybill: WaybillProcess
  let admin: Person
  let own: Awaited<ReturnType<typeof ownSigstore>>

  beforeAll(async () => {
    waybill = await startWaybill()
    admin = await person(waybill, 'admin')
    own = await ownSigstore()
  })
  afterAll(async () => {
    await own.close()
    await waybill.stop()
  })

  const get = async (path: string): Promise<Response> =>
    fetch(registryOf(waybill) + path, { headers: { authorization: `Bearer ${admin.token}` } })
  const json = async (path: string): Promise<unknown> => (await get(path)).json()

  let bundle: object

  it('that npm verified is published with the package', async () => {
    await writeFile(join(admin.folder, 'package.json'), JSON.stringify({ name: NAME, version: '1.0.0' }))
    const file = (await admin.npm('pack', '--loglevel', 'error')).trim()
    const tarball = await readFile(join(admin.folder, file))
    bundle = await own.provenance(`${PURL}@1.0.0`, createHash('sha512').update(tarball).digest('hex'))
    await writeFile(join(admin.folder, 'bundle.json'), JSON.stringify(bundle))
    const args = ['publish', `./${file}`, '--provenance-file', 'bundle.json']
    const { code, stderr } = await admin.client.run(args, admin.folder, { env: own.env })
    expect(code, stderr).toBe(0)
  })

  it('is named in both forms of the document and of the manifest, at the address that was asked', async () => {
    const attestations = {
      url: `${registryOf(waybill)}-/npm/v1/attestations/@acme%2fattested@1.0.0`,
      provenance: { predicateType: 'https://slsa.dev/provenance/v1' },
    }
    const version = { dist: { attestations, tarball: expect.stringContaining('attested-1.0.0.tgz') as string } }
    expect(await json('@acme%2fattested')).toMatchObject({ versions: { '1.0.0': version } })
    expect(await json('@acme%2fattested/1.0.0')).toMatchObject(version)
    const abbreviated = await fetch(`${registryOf(waybill)}@acme%2fattested`, {
      headers: { authorization: `Bearer ${admin.token}`, accept: 'application/vnd.npm.install-v1+json' },
    })
    expect(await abbreviated.json()).toMatchObject({ versions: { '1.0.0': version } })
  })

  it('is served as it was published, in the form of the public registry', async () => {
    for (const spec of ['@acme%2fattested@1.0.0', '@acme/attested@1.0.0'])
      expect(await json(`-/npm/v1/attestations/${spec}`)).toEqual({
        attestations: [{ predicateType: 'https://slsa.dev/provenance/v1', bundle }],
      })
    expect((await get('-/npm/v1/attestations/@acme%2fattested@2.0.0')).status).toBe(404)
    expect((await fetch(`${registryOf(waybill)}-/npm/v1/attestations/@acme%2fattested@1.0.0`)).status).toBe(401)
  })

  it('is what npm audit signatures verifies', async () => {
    const user = join(admin.client.home, 'user')
    await mkdir(user)
    await writeFile(join(user, 'package.json'), JSON.stringify({ name: 'user', version: '1.0.0' }))
    await admin.client.run(['install', NAME], user)
    const audit = await admin.client.run(['audit', 'signatures'], user, { env: own.env })
    expect(audit.stdout, audit.stderr).toContain('1 package has a verified attestation')
    expect(audit.code).toBe(0)
  })

  const put = async (version: string, about: Partial<{ name: string; sha512: string }>, text?: string) => {
    const { body, tarball } = testPackage(NAME, version)
    const sha512 = createHash('sha512').update(tarball).digest('hex')
    const statement = await own.provenance(about.name ?? `${PURL}@${version}`, about.sha512 ?? sha512)
    const data = text ?? JSON.stringify(statement)
    const document = JSON.parse(body) as { readonly _attachments: Record<string, unknown> }
    document._attachments[`${NAME}-${version}.sigstore`] = {
      content_type: 'application/json',
      data,
    }
    const answer = await fetch(`${registryOf(waybill)}@acme%2fattested`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(document),
    })
    return { status: answer.status, error: ((await answer.json()) as { readonly error?: string }).error }
  }

  it('of something else is refused, and the version is not published', async () => {
    const mismatch = { status: 400, error: expect.stringContaining('another package, version or tarball') as string }
    expect(await put('1.1.0', { name: `${PURL}@1.0.0` })).toEqual(mismatch)
    expect(await put('1.1.0', { name: 'pkg:npm/attested@1.1.0' })).toEqual(mismatch)
    expect(await put('1.1.0', { sha512: '00'.repeat(64) })).toEqual(mismatch)
    const invalid = { status: 400, error: expect.stringContaining('not a sigstore bundle') as string }
    for (const text of ['{}', '{"dsseEnvelope":{"payload":"e30="}}', '{"dsseEnvelope":', 'bm90IGpzb24='])
      expect([text, await put('1.1.0', {}, text)]).toEqual([text, invalid])
    expect(await put('1.1.0', {}, `{"more":"${'x'.repeat(1_100_000)}"}`)).toMatchObject({ status: 413 })
    expect(await put('1.1.0', {})).toEqual({ status: 201, error: undefined })
  })

  it('sent as base64, as the public description says, is the same', async () => {
    const { tarball } = testPackage(NAME, '1.2.0')
    const sha512 = createHash('sha512').update(tarball).digest('hex')
    const text = JSON.stringify(await own.provenance(`${PURL}@1.2.0`, sha512))
    const { body } = testPackage(NAME, '1.2.0')
    const document = JSON.parse(body) as { readonly _attachments: Record<string, unknown> }
    document._attachments[`${NAME}-1.2.0.sigstore`] = { data: Buffer.from(text).toString('base64') }
    const answer = await fetch(`${registryOf(waybill)}@acme%2fattested`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(document),
    })
    expect(answer.status).toBe(201)
    expect(await json('-/npm/v1/attestations/@acme%2fattested@1.2.0')).toMatchObject({
      attestations: [{ bundle: JSON.parse(text) as object }],
    })
  })
})
