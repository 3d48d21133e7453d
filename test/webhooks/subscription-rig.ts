import type { Caller, Command, CommandResult } from '../../commands/command.ts'
import { createProject } from '../../commands/registry/create-project.ts'
import { createRepository } from '../../commands/registry/create-repository.ts'
import { webhookCommands } from '../../commands/webhooks/index.ts'
import type { Principal, Role } from '../../domain/access/authorise.ts'
import type { Sql } from '../../platform/database/database.ts'
import type { WebhookVault } from '../../platform/vault/vault.ts'
import { webhooks } from '../../projections/webhooks/projection.ts'
import { openCore, type TestCore } from '../core.ts'

export const hook = { name: 'ci', scope: 'main/npm', url: 'https://ci.example.com/hook?token=t0p' }

export type Created = CommandResult & { readonly id: string; readonly secret: string }

/** Somebody with one role. */
export const person = (role: Role, scope: string, limits?: Principal['limits']): Caller => ({
  principal: {
    accountId: `${role} of ${scope}`,
    kind: 'human',
    via: 'password',
    grants: [{ role, scope }],
    ...(limits === undefined ? {} : { limits }),
  },
  correlationId: 'test',
})

export const commandNamed = (name: string): Command => {
  const found = webhookCommands.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no command ${name}`)
  return found as unknown as Command
}

/** Webhooks on a core of their own, with the projects main (and its repository npm) and other. */
export interface WebhookRig {
  readonly core: TestCore
  readonly sql: Sql
  readonly vault: WebhookVault
  /** Sends a command by its name, as Waybill itself unless told otherwise. */
  readonly send: (name: string, input: object, caller?: Caller) => Promise<CommandResult>
  /** The code of the refusal, or `fine`. */
  readonly codeOf: (name: string, input: object, caller?: Caller) => Promise<string>
  /** A new webhook: `hook`, but for what is given. */
  readonly created: (more?: object, caller?: Caller) => Promise<Created>
  readonly typesOf: (webhookId: string) => Promise<readonly string[]>
}

export const openWebhooks = async (): Promise<WebhookRig> => {
  const core = await openCore([webhooks])
  await core.run(createProject, { project: 'main' }, core.system)
  await core.run(createProject, { project: 'other' }, core.system)
  await core.run(createRepository, { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' }, core.system)
  const send: WebhookRig['send'] = (name, input, caller = core.system) => core.run(commandNamed(name), input, caller)
  return {
    core,
    sql: core.database.database.long,
    vault: core.dependencies.vault.webhooks,
    send,
    codeOf: (name, input, caller) =>
      send(name, input, caller).then(
        () => 'fine',
        (error: unknown) => (error as { code: string }).code,
      ),
    created: async (more, caller) => (await send('CreateWebhook', { ...hook, ...more }, caller)) as Created,
    typesOf: async (webhookId) => (await core.store.readStream(`webhook-${webhookId}`)).map(({ type }) => type),
  }
}
