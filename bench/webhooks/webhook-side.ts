import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNatsServer } from '../../test/nats/nats-server.ts'
import { startWaybill } from '../peers/waybill.ts'
import type { RegistrySide } from '../peers/registry-side.ts'

export const QUEUES = ['in-process', 'nats'] as const
export type Queue = (typeof QUEUES)[number]

/** A Waybill that may call receivers on this machine. */
export interface WebhookSide extends RegistrySide {
  /** Of its embedded Postgres. */
  readonly postgresFolder: string
  /** Carries out a command as `admin`. Throws with the answer when it is refused. */
  command(name: string, input: unknown): Promise<Readonly<Record<string, string>>>
}

export async function startWebhookSide(queue: Queue): Promise<WebhookSide> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-webhooks-'))
  const nats = queue === 'nats' ? await startNatsServer() : undefined
  const end = async (): Promise<void> => {
    await nats?.close()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const data = join(folder, 'data')
    const env = {
      WAYBILL_DATA: data,
      WAYBILL_OUTBOUND_ALLOW: '127.0.0.1',
      ...(nats === undefined ? {} : { WAYBILL_QUEUE: nats.url }),
    }
    const side = await startWaybill({ env })
    const { origin } = new URL(side.url)
    return {
      ...side,
      postgresFolder: join(data, 'postgres'),
      async command(name, input) {
        const response = await fetch(`${origin}/api/commands/${name}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${side.token}` },
          body: JSON.stringify(input),
        })
        const text = await response.text()
        if (!response.ok) throw new Error(`${name} answered ${response.status}: ${text.slice(0, 300)}`)
        return JSON.parse(text) as Record<string, string>
      },
      async stop() {
        await side.stop()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}
