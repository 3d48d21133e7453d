import { expect, it } from 'vitest'
import { adminToken } from '../npm/admin-token.ts'
import { startWaybill } from '../waybill-process.ts'
import { listen, type Listening } from './listen.ts'

const QUERY = { project: 'main', repository: 'generic', type: 'FileStored' }
const KILLS = 2
const AT_ONCE = 8

const idsOf = ({ received }: Listening): readonly string[] => received.map(({ id }) => id)
const pathsOf = ({ received }: Listening): readonly string[] => received.map(({ data }) => data.subject)

it(`a listener misses and doubles nothing through ${KILLS} kills in the middle of uploads`, async () => {
  await using waybill = await startWaybill()
  const token = await adminToken(waybill)
  const acknowledged: string[] = []

  const store = async (path: string): Promise<void> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'text/plain' }
    try {
      const answer = await fetch(`${waybill.url}/generic/main/generic/${path}`, { method: 'PUT', headers, body: path })
      await answer.arrayBuffer()
      if (answer.ok) acknowledged.push(path)
    } catch {
      // The process was killed under it: whether it is stored is not known.
    }
  }
  const listening = (more: Partial<Parameters<typeof listen>[1]>): Promise<Listening> =>
    listen(`${waybill.url}/api/events`, { token, query: QUERY, ...more })

  const parts = [await listening({})]
  for (let round = 0; round < KILLS; round++) {
    let flowing = true
    const flow = Array.from({ length: AT_ONCE }, async (_, lane) => {
      for (let number = 0; flowing; number++) await store(`round-${round}/${lane}/${number}`)
    })
    const before = acknowledged.length
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 30)
    const part = parts.at(-1) as Listening
    await expect.poll(() => part.received.length, { timeout: 20_000 }).toBeGreaterThan(0)
    await waybill.kill('SIGKILL')
    flowing = false
    await Promise.all(flow)
    await part.ended()
    await waybill.restart()
    await store(`round-${round}/between`)
    parts.push(await listening({ lastEventId: part.lastEventId }))
  }
  await store('last')
  const whole = await listening({ query: { ...QUERY, after: '0'.repeat(20) } })
  for (const one of [parts.at(-1) as Listening, whole])
    await expect.poll(() => pathsOf(one).at(-1), { timeout: 20_000 }).toBe('last')

  expect(parts.flatMap(idsOf)).toEqual(idsOf(whole))
  expect(pathsOf(whole)).toEqual(expect.arrayContaining(acknowledged))
  expect(new Set(pathsOf(whole)).size).toBe(pathsOf(whole).length)
  for (const one of [parts.at(-1) as Listening, whole]) one.close()
})
