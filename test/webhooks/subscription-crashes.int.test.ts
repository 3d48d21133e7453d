import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CommandContext, CommandDependencies } from '../../commands/command.ts'
import { createProject } from '../../commands/registry/create-project.ts'
import { deleteWebhook, rotateWebhookSecret } from '../../commands/webhooks/change-webhook.ts'
import { createWebhook } from '../../commands/webhooks/create-webhook.ts'
import { systemPrincipal } from '../../domain/access/authorise.ts'
import { newId } from '../../platform/ids.ts'
import type { WebhookVault } from '../../platform/vault/vault.ts'
import { webhooks } from '../../projections/webhooks/projection.ts'
import { openCore, type TestCore } from '../core.ts'

let core: TestCore
beforeAll(async () => {
  core = await openCore([webhooks])
  await core.run(createProject, { project: 'main' }, core.system)
})
afterAll(() => core.close())

const input = { name: 'ci', scope: 'main', url: 'https://ci.example/hook' }
const vault = () => core.dependencies.vault.webhooks

/** One command with a key, as it is sent again after the process that had it died. */
const keyed = (): CommandContext => ({
  principal: systemPrincipal('test'),
  commandId: newId(),
  correlationId: 'test',
  expectedRevision: undefined,
  repeat: true,
})

const death = () => Promise.reject(new Error('the process died'))

/** A process that dies when it comes to the log. */
const withoutLog = (): CommandDependencies => ({
  ...core.dependencies,
  store: { ...core.dependencies.store, append: death },
})

/** A process that dies when it comes to this part of the vault. */
const withoutVault = (part: keyof WebhookVault): CommandDependencies => ({
  ...core.dependencies,
  vault: { ...core.dependencies.vault, webhooks: { ...vault(), [part]: death } },
})

const typesOf = async (id: string) => (await core.store.readStream(`webhook-${id}`)).map(({ type }) => type)

it('shows the secret that was kept when the one who created a webhook died before it was in the log', async () => {
  const context = keyed()
  await expect(createWebhook.handle(input, context, withoutLog())).rejects.toThrow('the process died')
  const { id, secret } = await createWebhook.handle(input, context, core.dependencies)
  expect(await vault().load(id)).toMatchObject({ version: 1, secrets: [{ secret }] })
  expect(await typesOf(id)).toEqual(['WebhookCreated'])
  await expect(createWebhook.handle(input, context, core.dependencies)).rejects.toMatchObject({
    code: 'secret-already-shown',
  })
})

it('has nothing in the log when what is secret could not be kept', async () => {
  const head = await core.store.head()
  await expect(createWebhook.handle(input, keyed(), withoutVault('keep'))).rejects.toThrow('the process died')
  expect(await core.store.head()).toBe(head)
})

it('goes on signing with the secret that its receiver has when the new one was lost', async () => {
  const { id, secret } = await core.run(createWebhook, input, core.system)
  const context = keyed()
  await expect(rotateWebhookSecret.handle({ id }, context, withoutVault('rotate'))).rejects.toThrow('the process died')
  expect((await vault().load(id))?.secrets).toEqual([{ secret }])
  await expect(rotateWebhookSecret.handle({ id }, context, core.dependencies)).rejects.toMatchObject({
    code: 'secret-already-shown',
  })
  const again = await core.run(rotateWebhookSecret, { id }, core.system)
  expect((await vault().load(id))?.secrets).toMatchObject([{ secret: again.secret }, { secret }])
})

it('forgets what is secret at the repeat when the one who deleted it died before', async () => {
  const { id } = await core.run(createWebhook, input, core.system)
  await expect(deleteWebhook.handle({ id }, keyed(), withoutVault('forget'))).rejects.toThrow('the process died')
  expect(await vault().load(id)).toBeDefined()
  await core.run(deleteWebhook, { id }, core.system)
  expect(await vault().load(id)).toBeUndefined()
  expect(await typesOf(id)).toEqual(['WebhookCreated', 'WebhookDeleted'])
})
