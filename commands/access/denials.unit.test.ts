import pino from 'pino'
import { Compile } from 'typebox/compile'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemPrincipal, type Principal } from '../../domain/access/authorise.ts'
import { AccessDenied, denialStream, type DenialEvent } from '../../domain/access/denial/denial.ts'
import type { EventStore } from '../../platform/event-store/event-store.ts'
import { openMemoryEventStore } from '../../platform/event-store/memory.ts'
import { PlatformError } from '../../platform/platform-error.ts'
import { denialRecorder, type DenialRecorder } from './denials.ts'

const log = pino({ level: 'silent' })
const principal = (accountId: string): Principal => ({ accountId, kind: 'human', via: 'password', grants: [] })
const place = { project: 'main', repository: 'npm' }

let clock: { time: number; now: () => number }
let store: EventStore
let recorder: DenialRecorder
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  clock = { time: Date.parse('2026-11-24T09:41:20Z'), now: () => clock.time }
  store = openMemoryEventStore()
  recorder = denialRecorder({ store, clock, log })
})
afterEach(async () => {
  await recorder.stop()
  vi.useRealTimers()
})

const recorded = async (accountId: string) =>
  (await store.readStream(denialStream(accountId))).map(({ data }) => data as DenialEvent['data'])

describe('denials', () => {
  it('are one event per actor, action, resource and minute, with a count', async () => {
    for (let times = 0; times < 3; times++) recorder.denied(principal('a'), 'write', { ...place, name: 'left-pad' })
    recorder.denied(principal('a'), 'delete', { ...place, name: 'left-pad' })
    recorder.denied(principal('a'), 'write', place)
    recorder.denied(principal('b'), 'manage', {})
    clock.time += 60_000
    recorder.denied(principal('a'), 'write', place)
    await recorder.flush()
    const minute = '2026-11-24T09:41:00.000Z'
    expect(await recorded('a')).toEqual([
      { accountId: 'a', action: 'write', ...place, name: 'left-pad', minute, count: 3 },
      { accountId: 'a', action: 'delete', ...place, name: 'left-pad', minute, count: 1 },
      { accountId: 'a', action: 'write', ...place, minute, count: 1 },
      { accountId: 'a', action: 'write', ...place, minute: '2026-11-24T09:42:00.000Z', count: 1 },
    ])
    expect(await recorded('b')).toEqual([{ accountId: 'b', action: 'manage', minute, count: 1 }])
    const schema = Compile(AccessDenied.data)
    for (const data of await recorded('a')) expect(schema.Check(data)).toBe(true)
  })

  it('are recorded when their minute is over, and not before', async () => {
    recorder.denied(principal('a'), 'write', place)
    vi.advanceTimersByTime(5_000)
    await Promise.resolve()
    expect(await recorded('a')).toEqual([])
    clock.time += 40_000
    vi.advanceTimersByTime(5_000)
    await expect.poll(() => recorded('a')).toHaveLength(1)
    await recorder.flush()
    expect(await recorded('a')).toHaveLength(1)
  })

  it('of Waybill itself are none', async () => {
    recorder.denied(systemPrincipal('test'), 'write', place)
    await recorder.flush()
    expect(await store.readAll('0'.repeat(20), 10)).toEqual([])
  })

  it('are appended after what another process recorded meanwhile', async () => {
    const other = denialRecorder({ store, clock, log })
    for (const each of [recorder, other, recorder, other]) {
      each.denied(principal('a'), 'write', place)
      await each.flush()
    }
    expect(await recorded('a')).toHaveLength(4)
    await other.stop()
  })

  it('are appended once when the answer to the append was lost', async () => {
    const lossy: EventStore = Object.assign(Object.create(store) as EventStore, {
      append: vi.fn(async (...append: Parameters<EventStore['append']>) => {
        const result = await store.append(...append)
        if (vi.mocked(lossy.append).mock.calls.length === 1) throw new PlatformError('unknown-outcome', 'lost')
        return result
      }),
    })
    const other = denialRecorder({ store: lossy, clock, log })
    other.denied(principal('a'), 'write', place)
    await other.stop()
    expect(await recorded('a')).toHaveLength(1)
  })

  it('of somebody who tries very many names are counted by repository', async () => {
    for (let name = 0; name < 6_000; name++)
      recorder.denied(principal('a'), 'read', { ...place, name: `guess-${name}` })
    await recorder.flush()
    const all = await recorded('a')
    expect(all).toHaveLength(4_001)
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(6_000)
    expect(all.at(-1)).toMatchObject({ ...place, count: 2_000 })
    expect(all.at(-1)).not.toHaveProperty('name')
  })

  it('of places without number do not take memory without end', async () => {
    for (let place = 0; place < 12_000; place++)
      recorder.denied(principal('a'), 'read', { project: `p${place}`, repository: 'r', name: 'x' })
    await recorder.flush()
    const all = await recorded('a')
    expect(all).toHaveLength(5_001)
    expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(12_000)
  })
})
