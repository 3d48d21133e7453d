import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pauseWebhook } from '../../commands/webhooks/index.ts'
import { START } from '../../platform/event-store/event-store.ts'
import { applyBatch } from '../../projections/apply-batch.ts'
import { beginBuild } from '../../projections/builds.ts'
import { rebuild } from '../../projections/rebuild.ts'
import { webhooks } from '../../projections/webhooks/projection.ts'
import { activeWebhooks, findWebhook } from '../../projections/webhooks/queries.ts'
import { rowsOf } from '../registry/table-lines.ts'
import { openWebhooks, type WebhookRig } from './subscription-rig.ts'

let core: WebhookRig['core']
let sql: WebhookRig['sql']
let send: WebhookRig['send']
let created: WebhookRig['created']
let typesOf: WebhookRig['typesOf']
beforeAll(async () => {
  ;({ core, sql, send, created, typesOf } = await openWebhooks())
})
afterAll(() => core.close())

describe('a verdict of a worker', () => {
  it('pauses a webhook once for a cause, until somebody sets it active', async () => {
    const { id } = await created()
    const failingSince = Date.parse('2026-11-21T09:00:00Z')
    const verdict = { webhookId: id, reason: 'It answered 410.', failingSince, cause: 'job 1, try 9' }
    await pauseWebhook(core.dependencies, verdict)
    await pauseWebhook(core.dependencies, verdict)
    await core.dependencies.settled(await core.store.head())
    expect((await findWebhook(sql, id))?.paused).toMatchObject({
      reason: 'It answered 410.',
      failingSince: '2026-11-21T09:00:00.000Z',
    })
    expect((await activeWebhooks(sql)).map(({ webhookId }) => webhookId)).not.toContain(id)

    await send('UpdateWebhook', { id, active: true })
    await pauseWebhook(core.dependencies, verdict)
    expect((await findWebhook(sql, id))?.paused).toBeUndefined()
    expect((await activeWebhooks(sql)).map(({ webhookId }) => webhookId)).toContain(id)
    await pauseWebhook(core.dependencies, { ...verdict, cause: 'job 1, try 10' })
    expect(await typesOf(id)).toEqual(['WebhookCreated', 'WebhookPaused', 'WebhookResumed', 'WebhookPaused'])
  })
})

describe('the table of webhooks', () => {
  /** A webhook that went through all that can happen to one, as far as `steps` says. */
  const lived = async (steps: number): Promise<void> => {
    const { id } = await created({ scope: ['system', 'main', 'main/npm'][steps % 3], name: `hook ${steps}` })
    const pause = { webhookId: id, reason: 'It answered 410.', failingSince: 0, cause: `${steps}` }
    const history = [
      () => send('UpdateWebhook', { id, name: 'renamed', events: ['Tag*'], headers: { 'X-Team': 'build' } }),
      () => pauseWebhook(core.dependencies, pause),
      () => send('UpdateWebhook', { id, active: true }),
      () => send('RotateWebhookSecret', { id }),
      () => send('UpdateWebhook', { id, url: 'https://north.example.com/', active: false }),
      () => send('DeleteWebhook', { id }),
    ]
    for (const step of history.slice(0, steps)) await step()
  }

  it('has the same rows when it is built anew, in one pass and in batches of any size', async () => {
    for (let steps = 0; steps <= 6; steps++) await lived(steps)
    await core.dependencies.settled(await core.store.head())
    const live = await rowsOf(sql, 'webhooks')
    expect(live.split('\n').length).toBeGreaterThan(20)
    await rebuild(sql, core.store, webhooks)
    expect(await rowsOf(sql, 'webhooks')).toBe(live)
    const events = await core.store.readAll(START, 10_000)
    for (const size of [1, 3, 500]) {
      let build = await beginBuild(sql, webhooks)
      for (let from = 0; from < events.length; from += size) {
        const batch = events.slice(from, from + size)
        const to = batch.at(-1)?.position ?? START
        await applyBatch(sql, [{ model: webhooks, build }], batch, to)
        build = { ...build, checkpoint: to }
      }
      expect([size, await rowsOf(sql, build.table)]).toEqual([size, live])
    }
  })
})
