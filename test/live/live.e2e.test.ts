import { setTimeout as pause } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startDebianPostgres } from '../engines/debian-postgres.ts'
import { adminToken } from '../npm/admin-token.ts'
import { need } from '../servers.ts'
import { startWaybill } from '../waybill-process.ts'
import { listen, type Listening } from './listen.ts'

const debian = await need('postgres 15')

const PASSWORD = 'a password for all'
const QUERY = { project: 'main', repository: 'generic', type: 'FileStored' }

const idsOf = (listening: Listening): readonly string[] => listening.received.map(({ id }) => id)

it.skipIf(debian.missing)(
  'a listener misses and doubles nothing while Postgres is killed and started again, and when its gateway is stopped',
  async () => {
    const postgres = await startDebianPostgres()
    const env = {
      WAYBILL_DATABASE: await postgres.createDatabase(),
      WAYBILL_SECRET_KEY: 'ab'.repeat(32),
      WAYBILL_ADMIN_PASSWORD: PASSWORD,
      WAYBILL_EVENT_STORE: '',
      WAYBILL_LOG: 'error',
    }
    try {
      await using projector = await startWaybill({ env: { ...env, WAYBILL_ROLES: 'projector,worker' } })
      await using writing = await startWaybill({ env: { ...env, WAYBILL_ROLES: 'gateway' } })
      await using listening = await startWaybill({ env: { ...env, WAYBILL_ROLES: 'gateway' } })
      const token = await adminToken(writing)
      const acknowledged: string[] = []
      const store = async (path: string): Promise<void> => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
        const url = `${writing.url}/generic/main/generic/${path}`
        const answer = await fetch(url, { method: 'PUT', headers, body: path })
        if (answer.ok) acknowledged.push(path)
        await answer.body?.cancel()
      }
      const flow = async (name: string, milliseconds: number): Promise<void> => {
        const end = performance.now() + milliseconds
        for (let number = 0; performance.now() < end; number++) {
          await store(`${name}/${number}`)
          await pause(20)
        }
      }

      const first = await listen(`${listening.url}/api/events`, { token, query: QUERY })
      await flow('before', 1000)
      const flowing = flow('meanwhile', 5000)
      await pause(500)
      await postgres.kill()
      await pause(1500)
      await postgres.restart()
      await flowing
      await flow('after', 1000)
      await expect.poll(() => subjectsOf(first).includes(acknowledged.at(-1) ?? ''), { timeout: 20_000 }).toBe(true)

      const began = performance.now()
      await listening.kill('SIGTERM')
      expect(performance.now() - began).toBeLessThan(5000)
      await first.ended()
      await flow('elsewhere', 500)
      const query = { ...QUERY, after: '0'.repeat(20) }
      const second = await listen(`${writing.url}/api/events`, { token, query: QUERY, lastEventId: first.lastEventId })
      const whole = await listen(`${writing.url}/api/events`, { token, query })
      for (const stream of [second, whole])
        await expect.poll(() => subjectsOf(stream).includes(acknowledged.at(-1) ?? ''), { timeout: 20_000 }).toBe(true)

      expect([...idsOf(first), ...idsOf(second)]).toEqual(idsOf(whole))
      expect(subjectsOf(whole)).toEqual(expect.arrayContaining(acknowledged))
      const phases = new Set(acknowledged.map((path) => path.split('/')[0]))
      expect([...phases]).toEqual(['before', 'meanwhile', 'after', 'elsewhere'])
      second.close()
      whole.close()
      await projector.stop()
    } finally {
      await postgres.close()
    }
  },
)

const subjectsOf = ({ received }: Listening): readonly string[] => received.map(({ data }) => data.subject)
