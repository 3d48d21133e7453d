import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { person, registryOf, type Person } from './people.ts'
import { testPackage } from './publish-document.ts'

const NAME = 'long-lived'
const VERSIONS = 60
const MANIFEST_BYTES = 200_000
const npm = await need('npm')

describe.skipIf(npm.missing)('a package whose document is larger than any publish may be', () => {
  let waybill: WaybillProcess
  let admin: Person

  const packument = async (): Promise<string> =>
    (await fetch(registryOf(waybill) + NAME, { headers: { authorization: `Bearer ${admin.token}` } })).text()
  const deprecated = async (): Promise<Record<string, string | undefined>> => {
    const { versions } = JSON.parse(await packument()) as { versions: Record<string, { deprecated?: string }> }
    return Object.fromEntries(Object.entries(versions).map(([version, manifest]) => [version, manifest.deprecated]))
  }

  beforeAll(async () => {
    waybill = await startWaybill()
    admin = await person(waybill, 'admin')
    for (let minor = 0; minor < VERSIONS; minor++) {
      const version = `1.${minor}.0`
      const document = JSON.parse(testPackage(NAME, version).body) as { versions: Record<string, object> }
      document.versions[version] = { ...document.versions[version], config: { big: 'x'.repeat(MANIFEST_BYTES) } }
      const answer = await fetch(registryOf(waybill) + NAME, {
        method: 'PUT',
        headers: { authorization: `Bearer ${admin.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(document),
      })
      expect(answer.status).toBe(201)
    }
    expect((await packument()).length).toBeGreaterThan(11_000_000)
  })
  afterAll(() => waybill.stop())

  it('is deprecated as a whole, and in part taken back', async () => {
    await admin.npm('deprecate', NAME, 'use another')
    expect(new Set(Object.values(await deprecated()))).toEqual(new Set(['use another']))
    await admin.npm('deprecate', `${NAME}@>=1.50.0`, '')
    const left = Object.values(await deprecated()).filter((message) => message !== undefined)
    expect(left).toHaveLength(50)
  })

  it('loses a version, and keeps the others whole', async () => {
    await admin.npm('unpublish', `${NAME}@1.59.0`)
    expect(Object.keys(await deprecated())).toHaveLength(VERSIONS - 1)
    expect(await admin.npm('view', NAME, 'dist-tags.latest')).toBe('1.58.0')
    expect((await packument()).length).toBeGreaterThan(11_000_000)
  })

  it('gets another owner', async () => {
    await person(waybill, 'tom')
    await admin.npm('owner', 'add', 'tom', NAME)
    expect(await admin.npm('owner', 'ls', NAME)).toContain('tom')
  })

  it('is removed as a whole', async () => {
    await admin.npm('unpublish', NAME, '--force')
    expect(await admin.refused('view', NAME)).toContain('E404')
  })
})
