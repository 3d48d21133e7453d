import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDistributedEngines, engineSettings, nameOf, type DistributedEngines } from './engines/distributed.ts'
import { createNamedDatabase } from './engines/waybill-database.ts'
import { adminToken } from './npm/admin-token.ts'
import { testPackage } from './npm/publish-document.ts'
import { need } from './servers.ts'
import { startWaybill, type WaybillProcess } from './waybill-process.ts'

const missing = (await need('versitygw')).missing || (await need('postgres 15')).missing
const PASSWORD = 'a password for all'

let engines: { engines: DistributedEngines; close: () => Promise<void> }
let projector: WaybillProcess
let gateways: readonly WaybillProcess[] = []
let shared: string

const startRole = async (role: string): Promise<WaybillProcess> =>
  startWaybill({
    env: {
      ...engineSettings(engines.engines, shared),
      WAYBILL_ROLES: role,
      WAYBILL_SECRET_KEY: 'ab'.repeat(32),
      WAYBILL_ADMIN_PASSWORD: PASSWORD,
    },
  })

beforeAll(async () => {
  if (missing) return
  engines = await startDistributedEngines()
  shared = await mkdtemp(join(tmpdir(), 'waybill-roles-'))
  await createNamedDatabase(engines.engines.postgres, nameOf(engines.engines, shared))
  projector = await startRole('projector')
  gateways = [await startRole('gateway'), await startRole('gateway,worker')]
})

afterAll(async () => {
  if (missing) return
  for (const process of [...gateways, projector]) await process.stop()
  await engines.close()
  await rm(shared, { recursive: true, force: true })
})

it.skipIf(missing)('shows what one gateway acknowledged at once through the other', async () => {
  const [one, other] = gateways as [WaybillProcess, WaybillProcess]
  const authorization = `Bearer ${await adminToken(one)}`
  const read = async (): Promise<readonly string[]> => {
    const answer = await fetch(`${other.url}/npm/main/npm/shared`, { headers: { authorization } })
    return answer.status === 404 ? [] : Object.keys(((await answer.json()) as { versions: object }).versions)
  }
  expect(await read()).toEqual([])
  // by the next beat each gateway knows of the other
  await new Promise((resume) => setTimeout(resume, 6000))
  const versions: string[] = []
  for (let patch = 0; patch < 20; patch += 1) {
    const version = `1.0.${patch}`
    const { body } = testPackage('shared', version)
    // the other has it in its memory as it was before
    expect(await read()).toEqual(versions)
    const published = await fetch(`${one.url}/npm/main/npm/shared`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body,
    })
    expect(published.status).toBe(201)
    versions.push(version)
    expect(await read()).toEqual(versions)
  }
})

it.skipIf(missing)('stops a token at both gateways when it is revoked at one', async () => {
  const [one, other] = gateways as [WaybillProcess, WaybillProcess]
  const headers = { authorization: `Bearer ${await adminToken(one)}`, 'content-type': 'application/json' }
  const created = await fetch(`${one.url}/api/commands/CreateToken`, {
    method: 'POST',
    headers,
    body: '{"name":"short"}',
  })
  const { id, token } = (await created.json()) as { id: string; token: string }
  const statusOf = async ({ url }: WaybillProcess): Promise<number> =>
    (await fetch(`${url}/npm/main/npm/-/whoami`, { headers: { authorization: `Bearer ${token}` } })).status
  expect([await statusOf(one), await statusOf(other)]).toEqual([200, 200])
  const revoked = await fetch(`${one.url}/api/commands/RevokeToken`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ id }),
  })
  expect(revoked.status).toBe(200)
  expect([await statusOf(one), await statusOf(other)]).toEqual([401, 401])
})
