import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { store } from '../graphql/commands.ts'
import type { ListenersOrder, ListenersReport } from './listeners-process.ts'
import { startLive, type LiveServer } from './live-server.ts'

const LISTENERS = 1000
const EVENTS = 50
/** Ten times what it takes on two busy cores: a look-up or a serialisation for each would be beyond it. */
const MOST_MICROSECONDS = 200
const MOST_BYTES = 200_000
const MOST_LATENCY_MS = 3000

let server: LiveServer
beforeAll(async () => {
  server = await startLive()
  await server.send('CreateProject', { project: 'main' })
  await server.send('CreateRepository', { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' })
})
afterAll(async () => {
  await server.close()
})

class Listeners {
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'listeners-process.ts'))

  async #ask<Answer>(message: ListenersOrder | 'report'): Promise<Answer> {
    const answer = once(this.#child, 'message')
    this.#child.send(message)
    return ((await answer) as [Answer])[0]
  }

  open(tokens: readonly string[]): Promise<'open'> {
    return this.#ask({ url: server.url, tokens })
  }

  report(): Promise<ListenersReport> {
    return this.#ask('report')
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.disconnect()
    await gone
  }
}

const newTokens = (account: string, number: number): Promise<readonly string[]> =>
  Promise.all(
    Array.from({ length: number }, async (_, index) => {
      const { token } = await server.send('CreateToken', { name: `token ${index}`, account })
      return token as string
    }),
  )

let count = 0
const paced = async (events: number): Promise<readonly string[]> => {
  const positions: string[] = []
  for (let round = 0; round < events; round++) {
    const next = new Promise((resume) => setTimeout(resume, 50))
    positions.push((await store(server.send, 'files', `one/${++count}`)).position)
    await next
  }
  return positions
}

const cpu = async (work: () => Promise<readonly string[]>): Promise<[readonly string[], number]> => {
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  return [result, user + system]
}

const memory = (): number => {
  globalThis.gc?.()
  return process.memoryUsage().rss
}

const allHad = async (listeners: Listeners, events: number): Promise<ListenersReport> => {
  const had = async () => (await listeners.report()).counts.every((number) => number === events)
  await expect.poll(had, { timeout: 20_000, interval: 500 }).toBe(true)
  return await listeners.report()
}

describe('a thousand listeners', () => {
  it.each([
    ['with one token', 1],
    ['with a token each', LISTENERS],
  ])(
    '%s get every event in order, soon, at a small cost each',
    async (_, number) => {
      const account = `rea-${number}`
      const tokens = [await server.account(account, [['viewer', 'main']])]
      while (tokens.length < number) tokens.push(...(await newTokens(account, Math.min(50, number - tokens.length))))
      const [, alone] = await cpu(() => paced(EVENTS))
      const listeners = new Listeners()
      try {
        const empty = memory()
        await listeners.open(Array.from({ length: LISTENERS }, (_, index) => tokens[index % tokens.length]!))
        const each = (memory() - empty) / LISTENERS
        const [positions, together] = await cpu(() => paced(EVENTS))
        const all = await allHad(listeners, EVENTS)
        expect([all.ids, all.different]).toEqual([positions, 0])
        expect(all.p99).toBeLessThan(MOST_LATENCY_MS)
        const microseconds = (together - alone) / EVENTS / LISTENERS
        expect(microseconds).toBeLessThan(MOST_MICROSECONDS)
        expect(each).toBeLessThan(MOST_BYTES)
        // permissions change while they listen: all are looked at again, and nobody misses anything
        await server.send('GrantRole', { role: 'viewer', account, scope: 'main/files' })
        const more = await paced(10)
        expect((await allHad(listeners, EVENTS + more.length)).different).toBe(0)
      } finally {
        await listeners.close()
      }
    },
    120_000,
  )
})
