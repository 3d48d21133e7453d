import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Caller } from '../../commands/command.ts'
import type { Principal } from '../../domain/access/authorise.ts'
import { START } from '../../platform/event-store/event-store.ts'
import { newId } from '../../platform/ids.ts'
import { findWebhook } from '../../projections/webhooks/queries.ts'
import { commandNamed, hook, openWebhooks, person, type Created, type WebhookRig } from './subscription-rig.ts'

let core: WebhookRig['core']
let sql: WebhookRig['sql']
let vault: WebhookRig['vault']
let send: WebhookRig['send']
let codeOf: WebhookRig['codeOf']
let created: WebhookRig['created']
let typesOf: WebhookRig['typesOf']
beforeAll(async () => {
  ;({ core, sql, vault, send, codeOf, created, typesOf } = await openWebhooks())
})
afterAll(() => core.close())

describe('creating a webhook', () => {
  it('shows a secret that signs, and keeps address and headers in the vault only', async () => {
    const headers = { 'X-Team': 'build', 'X-Token': { value: 'abc-secret', secret: true } }
    const { id, secret } = await created({ headers, events: ['Package*'] })
    expect(Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).toHaveLength(32)
    expect(await vault.load(id)).toMatchObject({
      url: hook.url,
      headers: [
        { name: 'X-Team', value: 'build', secret: false },
        { name: 'X-Token', value: 'abc-secret', secret: true },
      ],
      secrets: [{ secret }],
    })
    expect(await findWebhook(sql, id)).toMatchObject({
      name: 'ci',
      scope: 'main/npm',
      project: 'main',
      repository: 'npm',
      origin: 'https://ci.example.com',
      events: ['Package*'],
      headerNames: ['X-Team', 'X-Token'],
      active: true,
      paused: undefined,
      creatorId: 'test',
    })
    const stored = JSON.stringify([await core.store.readAll(START, 1000), await sql`select * from command_results`])
    for (const hidden of ['t0p', 'abc-secret', secret]) expect(stored).not.toContain(hidden)
  })

  it('with a key happens once, and does not show the secret again', async () => {
    const caller = { ...core.system, key: newId() }
    const { id } = await created({}, caller)
    expect(await codeOf('CreateWebhook', hook, caller)).toBe('secret-already-shown')
    expect(await codeOf('CreateWebhook', { ...hook, name: 'other' }, caller)).toBe('idempotency-mismatch')
    expect(await typesOf(id)).toEqual(['WebhookCreated'])
  })

  it('with a key by ten at once happens once, and none of them is shown a secret that does not sign', async () => {
    const caller = { ...core.system, key: newId() }
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => created({}, caller)))
    const shown = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    const [{ id, secret }] = shown as [Created]
    expect(new Set(shown.map((one) => one.secret))).toEqual(new Set([secret]))
    expect((await vault.load(id))?.secrets).toEqual([{ secret }])
    expect(await typesOf(id)).toEqual(['WebhookCreated'])
  })

  it.each([
    [{ scope: 'missing' }, 'not-found'],
    [{ scope: 'main/missing' }, 'not-found'],
    [{ scope: 'main/npm:left-*' }, 'invalid-input'],
    [{ scope: 'Main' }, 'invalid-input'],
    [{ url: 'https://ada:pass@example.com/' }, 'invalid-input'],
    [{ events: [] }, 'invalid-input'],
    [{ events: ['PackagePublished'] }, 'invalid-input'],
    [{ events: ['a.*'] }, 'invalid-input'],
    [{ headers: { Host: 'a' } }, 'invalid-input'],
    [{ name: '' }, 'invalid-input'],
    [{ name: 'a\0b' }, 'invalid-input'],
    [{ secret: 'mine' }, 'invalid-input'],
  ])('is refused with %j', async (more, code) => {
    const before = await core.store.head()
    expect(await codeOf('CreateWebhook', { ...hook, ...more })).toBe(code)
    expect(await core.store.head()).toBe(before)
  })

  it('is for those who manage the scope', async () => {
    expect(await codeOf('CreateWebhook', hook, person('viewer', 'main'))).toBe('forbidden')
    expect(await codeOf('CreateWebhook', hook, person('admin', 'other'))).toBe('not-found')
    expect(await codeOf('CreateWebhook', { ...hook, scope: 'main' }, person('admin', 'main/npm'))).toBe('forbidden')
    expect(await codeOf('CreateWebhook', { ...hook, scope: 'system' }, person('admin', 'main'))).toBe('forbidden')
    expect(await codeOf('CreateWebhook', hook, person('admin', 'main/npm'))).toBe('fine')
  })

  it('is not for a token that may read less than a webhook delivers', async () => {
    for (const actions of [['manage'], ['manage', 'read']] as const)
      expect(await codeOf('CreateWebhook', hook, person('admin', 'main', { actions }))).toBe('forbidden')
    const enough = person('admin', 'main', { actions: ['manage', 'read', 'audit'], scopes: ['main/npm'] })
    expect(await codeOf('CreateWebhook', hook, enough)).toBe('fine')
  })
})

describe('changing a webhook', () => {
  it('replaces what is given, in the log and in the vault', async () => {
    const { id, secret } = await created({ headers: { 'X-Team': 'build' } })
    await send('UpdateWebhook', { id, url: 'http://north.example.com:8080/x', name: 'north', active: false })
    expect(await vault.load(id)).toMatchObject({
      url: 'http://north.example.com:8080/x',
      headers: [{ name: 'X-Team', value: 'build' }],
      secrets: [{ secret }],
    })
    expect(await findWebhook(sql, id)).toMatchObject({
      name: 'north',
      origin: 'http://north.example.com:8080',
      headerNames: ['X-Team'],
      active: false,
    })
    await send('UpdateWebhook', { id, headers: {}, events: ['*'] })
    expect(await vault.load(id)).toMatchObject({ url: 'http://north.example.com:8080/x', headers: [] })
    expect(await findWebhook(sql, id)).toMatchObject({ headerNames: [], events: ['*'] })
  })

  it('with a key is done again in the vault when it was not done there, and never over a later change', async () => {
    const { id } = await created()
    const caller = { ...core.system, key: newId() }
    const change = { id, url: 'https://first.example.com/' }
    const failing = { ...vault, update: () => Promise.reject(new Error('the database went away')) }
    const dependencies = { ...core.dependencies, vault: { ...core.dependencies.vault, webhooks: failing } }
    const command = commandNamed('UpdateWebhook')
    const context = {
      principal: core.system.principal as Principal,
      commandId: newId(),
      correlationId: 'test',
      expectedRevision: undefined,
      repeat: true,
    }
    await expect(command.handle(change as never, context, dependencies)).rejects.toThrow('went away')
    expect((await vault.load(id))?.url).toBe(hook.url)
    await command.handle(change, context, core.dependencies)
    expect((await vault.load(id))?.url).toBe('https://first.example.com/')
    expect(await typesOf(id)).toEqual(['WebhookCreated', 'WebhookUpdated'])

    await send('UpdateWebhook', { id, url: 'https://second.example.com/' }, caller)
    await send('TestWebhook', { id })
    await command.handle(change, context, core.dependencies)
    expect((await vault.load(id))?.url).toBe('https://second.example.com/')
  })

  it('sends secret headers to no other host than the one they were given for', async () => {
    const { id } = await created({ headers: { 'X-Token': { value: 'abc', secret: true } } })
    for (const url of ['https://evil.example.com/', 'http://ci.example.com/hook', 'https://ci.example.com:8443/'])
      expect(await codeOf('UpdateWebhook', { id, url })).toBe('invalid-input')
    expect(await typesOf(id)).toEqual(['WebhookCreated'])
    expect(await codeOf('UpdateWebhook', { id, url: 'https://ci.example.com/other' })).toBe('fine')
    expect(await codeOf('UpdateWebhook', { id, url: 'https://north.example.com/', headers: {} })).toBe('fine')
    expect(await codeOf('UpdateWebhook', { id, url: 'https://south.example.com/' })).toBe('fine')
    expect(await vault.load(id)).toMatchObject({ url: 'https://south.example.com/', headers: [] })
  })

  it('leaves log and vault with the same address, however many change it at once', async () => {
    const { id } = await created()
    await Promise.all(
      Array.from({ length: 12 }, (_, index) => send('UpdateWebhook', { id, url: `https://n${index}.example.com/` })),
    )
    const { url } = (await vault.load(id)) ?? { url: '' }
    expect(`${(await findWebhook(sql, id))?.origin}/`).toBe(url)
  })

  it('is refused where creating one would be', async () => {
    const { id } = await created()
    expect(await codeOf('UpdateWebhook', { id, url: 'ftp://example.com/' })).toBe('invalid-input')
    expect(await codeOf('UpdateWebhook', { id, events: ['Nothing*'] })).toBe('invalid-input')
    expect(await codeOf('UpdateWebhook', { id, headers: { te: 'x' } })).toBe('invalid-input')
    expect(await codeOf('UpdateWebhook', { id, scope: 'system' })).toBe('invalid-input')
    expect(await codeOf('UpdateWebhook', { id, name: 'x' }, person('admin', 'main', { actions: ['manage'] }))).toBe(
      'forbidden',
    )
    expect(await typesOf(id)).toEqual(['WebhookCreated'])
  })
})

describe('the secret of a webhook', () => {
  it('is rotated, and the one before signs for a day', async () => {
    const { id, secret } = await created()
    const before = core.dependencies.clock.now()
    const { secret: next } = await send('RotateWebhookSecret', { id })
    const secrets = (await vault.load(id))?.secrets ?? []
    expect(secrets.map((one) => one.secret)).toEqual([next, secret])
    expect(secrets[0]?.validUntil).toBeUndefined()
    expect(Math.abs((secrets[1]?.validUntil ?? 0) - before - 86_400_000)).toBeLessThan(60_000)
  })

  it('is shown once for a key', async () => {
    const { id } = await created()
    const caller = { ...core.system, key: newId() }
    expect((await send('RotateWebhookSecret', { id }, caller))['secret']).toMatch(/^whsec_/)
    expect(await codeOf('RotateWebhookSecret', { id }, caller)).toBe('secret-already-shown')
    expect(await typesOf(id)).toEqual(['WebhookCreated', 'WebhookSecretRotated'])
  })

  it('is the same for all who rotate it at once with one key', async () => {
    const { id, secret } = await created()
    const caller = { ...core.system, key: newId() }
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, () => send('RotateWebhookSecret', { id }, caller)),
    )
    const shown = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value['secret']] : []))
    const secrets = ((await vault.load(id))?.secrets ?? []).map((one) => one.secret)
    expect(secrets).toEqual([shown[0], secret])
    expect(new Set(shown)).toEqual(new Set([shown[0]]))
    expect(await typesOf(id)).toEqual(['WebhookCreated', 'WebhookSecretRotated'])
  })
})

describe('deleting a webhook', () => {
  it('forgets what is secret, and a repeat changes nothing', async () => {
    const { id } = await created()
    await send('DeleteWebhook', { id })
    await send('DeleteWebhook', { id })
    expect(await vault.load(id)).toBeUndefined()
    expect(await findWebhook(sql, id)).toBeUndefined()
    expect(await typesOf(id)).toEqual(['WebhookCreated', 'WebhookDeleted'])
    for (const [name, more] of [['UpdateWebhook', { name: 'x' }], ['RotateWebhookSecret'], ['TestWebhook']] as const)
      expect(await codeOf(name, { id, ...more })).toBe('not-found')
  })
})

describe('every command on a webhook', () => {
  const others = (id: string) =>
    [
      ['UpdateWebhook', { id, name: 'x' }],
      ['RotateWebhookSecret', { id }],
      ['TestWebhook', { id }],
      ['RedeliverWebhook', { id, delivery: 'd' }],
      ['ReplayWebhook', { id, after: START }],
      ['DeleteWebhook', { id }],
    ] as const

  it('tells those who may not read in its scope as little as of one that never was', async () => {
    const { id } = await created()
    const system = await created({ scope: 'system' })
    const refusals = async (one: string, caller: Caller) =>
      Promise.all(
        others(one).map(([name, input]) =>
          send(name, input, caller).then(
            () => 'fine',
            (error: unknown) => `${(error as { code: string }).code} ${(error as Error).message}`,
          ),
        ),
      )
    const never = await refusals(newId(), person('admin', 'other'))
    expect(new Set(never)).toEqual(new Set(['not-found There is no such webhook.']))
    expect(await refusals(id, person('admin', 'other'))).toEqual(never)
    expect(await refusals(system.id, person('admin', 'main'))).toEqual(never)
    expect(await typesOf(id)).toEqual(['WebhookCreated'])
  })

  it('is forbidden to those who read in its scope and do not manage it', async () => {
    const { id } = await created()
    for (const [name, input] of others(id)) {
      expect([name, await codeOf(name, input, person('developer', 'main'))]).toEqual([name, 'forbidden'])
      expect([name, await codeOf(name, input, { principal: undefined, correlationId: 'test' })]).toEqual([
        name,
        'unauthenticated',
      ])
    }
  })

  it('takes no id that is no text of a webhook', async () => {
    for (const id of ['', 'x'.repeat(65), 'a\0b', '\ud800', 7, null])
      expect([id, await codeOf('TestWebhook', { id })]).toEqual([id, 'invalid-input'])
    for (const id of ['x', "' or 1=1", '../secret', 'webhook-1'])
      expect(await codeOf('TestWebhook', { id })).toBe('not-found')
  })
})

describe('delivering anew', () => {
  it('is asked for by events that name others by their stream', async () => {
    const { id, position } = await created()
    const deliveries = {
      positionOf: (_: string, delivery: string) => Promise.resolve(delivery === 'd1' ? position : undefined),
    }
    const again = async (delivery: string) => {
      const command = commandNamed('RedeliverWebhook')
      const context = {
        principal: core.system.principal as Principal,
        commandId: newId(),
        correlationId: 'test',
        expectedRevision: undefined,
        repeat: false,
      }
      return command.handle({ id, delivery }, context, { ...core.dependencies, deliveries })
    }
    await again('d1')
    await expect(again('d2')).rejects.toMatchObject({ code: 'not-found' })
    await send('ReplayWebhook', { id, after: position })
    await send('ReplayWebhook', { id, after: '2026-01-01T00:00:00Z' })
    const events = await core.store.readStream(`webhook-${id}`, 1)
    const event = { stream: `webhook-${id}`, revision: 0 }
    const at = { webhookId: id, scope: 'main/npm' }
    expect(events.map(({ type, data }) => ({ type, data }))).toEqual([
      { type: 'WebhookRedeliveryRequested', data: { ...at, deliveryId: 'd1', event } },
      { type: 'WebhookReplayRequested', data: { ...at, after: event } },
      { type: 'WebhookReplayRequested', data: { ...at, since: '2026-01-01T00:00:00.000Z' } },
    ])
  })

  it('is refused from a place that is none, and while the webhook is not active', async () => {
    const { id } = await created({ active: false })
    for (const after of ['99999999999999999998', 'soon', '2026-02-30T00:00:00Z'])
      expect(await codeOf('ReplayWebhook', { id, after })).toBe('invalid-input')
    expect(await codeOf('ReplayWebhook', { id, after: '2999-01-01T00:00:00Z' })).toBe('future-instant')
    expect(await codeOf('ReplayWebhook', { id, after: START })).toBe('precondition-failed')
    expect(await codeOf('RedeliverWebhook', { id, delivery: 'd1' })).toBe('not-found')
  })
})
