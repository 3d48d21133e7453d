import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../platform/database/migrations.ts'
import { newId } from '../../platform/ids.ts'
import { vaultMigrations } from '../../platform/vault/migrations.ts'
import { openPostgresVault } from '../../platform/vault/postgres-vault.ts'
import type { WebhookVault } from '../../platform/vault/vault.ts'
import { testDatabase, type TestDatabase } from '../postgres.ts'

const DAY = 86_400_000
const start = Date.parse('2026-11-24T12:00:00Z')
const clock = { time: start, now: () => clock.time }
const secretKey = randomBytes(32)

let database: TestDatabase
let vault: WebhookVault
const sql = () => database.database.interactive
const vaultWith = (key: Uint8Array): WebhookVault => openPostgresVault({ sql: sql(), clock, secretKey: key }).webhooks

beforeAll(async () => {
  database = await testDatabase()
  await migrate(database.database.long, vaultMigrations)
  vault = vaultWith(secretKey)
})
afterAll(() => database.drop())

const url = 'https://ci.example.com/hook?token=t0p'
const headers = [{ name: 'X-Token', value: 'grüße', secret: true }]

const kept = async (): Promise<string> => {
  const webhookId = newId()
  await vault.keep({ webhookId, url, headers, secret: 'whsec_first' })
  return webhookId
}

describe('what the vault keeps of a webhook', () => {
  it('is given back as it was kept, and what was kept first stays', async () => {
    const webhookId = await kept()
    const first = { webhookId, version: 1, url, headers, secrets: [{ secret: 'whsec_first' }] }
    expect(await vault.load(webhookId)).toEqual(first)
    expect(await vault.keep({ webhookId, url: 'https://x/', headers: [], secret: 'whsec_second' })).toEqual(first)
    expect(await vault.load(webhookId)).toEqual(first)
    expect(await vaultWith(secretKey).load(webhookId)).toEqual(first)
  })

  it('stands in the database as nothing that can be read', async () => {
    const webhookId = await kept()
    const [row] = await sql()<{ key_id: string; sealed: Buffer }[]>`
      select key_id, sealed from vault_webhooks where webhook_id = ${webhookId}`
    expect(row?.key_id).toMatch(/^[0-9a-f]{16}$/)
    for (const hidden of ['t0p', 'ci.example', 'whsec', 'X-Token']) expect(row?.sealed.includes(hidden)).toBe(false)
  })

  it('has a version that grows with every change and is read without opening anything', async () => {
    const [one, other] = [await kept(), await kept()]
    const blind = vaultWith(randomBytes(32))
    await vault.update(one, { revision: 1, url: 'https://north.example.com/' })
    await vault.rotate(one, { id: newId(), secret: 'whsec_next', previousUntil: start + DAY })
    expect(await blind.versions([one, other, newId()])).toEqual(
      new Map([
        [one, 3],
        [other, 1],
      ]),
    )
    await vault.forget(one)
    await vault.forget(one)
    expect(await blind.versions([one])).toEqual(new Map())
    expect(await vault.load(one)).toBeUndefined()
  })

  it('is not there for one that was never kept', async () => {
    const never = newId()
    expect(await vault.load(never)).toBeUndefined()
    expect(await vault.update(never, { revision: 1, url })).toBe(false)
    expect(await vault.rotate(never, { id: newId(), secret: 's', previousUntil: start })).toBeUndefined()
    expect(await vault.many([never])).toEqual(new Map())
  })

  it('changes part by part, each as the latest event says, in whatever order they come', async () => {
    const webhookId = await kept()
    await vault.update(webhookId, { revision: 7, url: 'https://seven.example.com/' })
    await vault.update(webhookId, { revision: 5, url: 'https://five.example.com/', headers: [] })
    await vault.update(webhookId, { revision: 4, headers })
    expect(await vault.load(webhookId)).toMatchObject({ url: 'https://seven.example.com/', headers: [], version: 3 })
    await vault.update(webhookId, { revision: 7, url: 'https://again.example.com/' })
    expect(await vault.load(webhookId)).toMatchObject({ url: 'https://seven.example.com/', version: 3 })
  })

  it('loses none of many changes at once', async () => {
    const webhookId = await kept()
    const revisions = Array.from({ length: 20 }, (_, index) => index + 1)
    await Promise.all(
      revisions.map((revision) =>
        vault.update(
          webhookId,
          revision % 2 === 0 ? { revision, url: `https://n${revision}/` } : { revision, headers: [] },
        ),
      ),
    )
    expect(await vault.load(webhookId)).toMatchObject({ url: 'https://n20/', headers: [] })
  })
})

describe('the signing secrets of a webhook', () => {
  const secretsOf = async (webhookId: string) =>
    ((await vault.load(webhookId))?.secrets ?? []).map(({ secret }) => secret)

  it('sign together until the older one ends', async () => {
    const webhookId = await kept()
    await vault.rotate(webhookId, { id: newId(), secret: 'whsec_second', previousUntil: start + DAY })
    expect((await vault.load(webhookId))?.secrets).toEqual([
      { secret: 'whsec_second' },
      { secret: 'whsec_first', validUntil: start + DAY },
    ])
    clock.time = start + DAY / 2
    await vault.rotate(webhookId, { id: newId(), secret: 'whsec_third', previousUntil: clock.time + DAY })
    expect(await secretsOf(webhookId)).toEqual(['whsec_third', 'whsec_second', 'whsec_first'])
    clock.time = start + DAY
    expect(await secretsOf(webhookId)).toEqual(['whsec_third', 'whsec_second'])
    clock.time = start + 2 * DAY
    expect(await secretsOf(webhookId)).toEqual(['whsec_third'])
    clock.time = start
  })

  it('are five at most, and a rotation that is repeated keeps the secret that it gave', async () => {
    const webhookId = await kept()
    const rotate = (id: string, secret: string) => vault.rotate(webhookId, { id, secret, previousUntil: start + DAY })
    for (let index = 0; index < 7; index++) await rotate(`r${index}`, `whsec_${index}`)
    expect(await rotate('r6', 'whsec_other')).toBe('whsec_6')
    expect(await secretsOf(webhookId)).toEqual(['whsec_6', 'whsec_5', 'whsec_4', 'whsec_3', 'whsec_2'])
  })
})

describe('with another secret key', () => {
  it('a row does not open, and one sentence says what to do', async () => {
    const webhookId = await kept()
    const blind = vaultWith(randomBytes(32))
    const refused = {
      code: 'unavailable',
      message: expect.stringContaining('sealed with another secret key') as string,
    }
    await expect(blind.load(webhookId)).rejects.toMatchObject(refused)
    await expect(blind.update(webhookId, { revision: 1, url })).rejects.toMatchObject(refused)
    await expect(blind.rotate(webhookId, { id: 'r', secret: 's', previousUntil: start })).rejects.toMatchObject(refused)
    expect(await vault.load(webhookId)).toMatchObject({ url, version: 1 })
    await blind.forget(webhookId)
    expect(await vault.load(webhookId)).toBeUndefined()
  })

  it('a row that was moved to another webhook does not open', async () => {
    const [one, other] = [await kept(), await kept()]
    await sql()`
      update vault_webhooks set sealed = (select sealed from vault_webhooks where webhook_id = ${one})
      where webhook_id = ${other}`
    await expect(vault.load(other)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
