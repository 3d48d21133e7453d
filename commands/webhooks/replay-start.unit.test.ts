import { describe, expect, it } from 'vitest'
import { NO_STREAM, START } from '../../platform/event-store/event-store.ts'
import { openMemoryEventStore } from '../../platform/event-store/memory.ts'
import { newId } from '../../platform/ids.ts'
import { replayStart } from './replay-start.ts'

const now = Date.parse('2026-11-24T12:00:00Z')

const storeOfTwo = async () => {
  const store = openMemoryEventStore()
  const event = () => ({ id: newId(), type: 'TagSet', data: {}, metadata: {} })
  const { position } = await store.append('tag-1', [event()], NO_STREAM)
  await store.append('tag-2', [event()], NO_STREAM)
  return { store, position }
}

const codeOf = async (after: string): Promise<string> => {
  const { store } = await storeOfTwo()
  return replayStart(store, after, now).then(
    () => 'fine',
    (error: unknown) => (error as { code: string }).code,
  )
}

describe('where a replay begins', () => {
  it('is an event, when a position is given, because a position means nothing in another store', async () => {
    const { store, position } = await storeOfTwo()
    expect(await replayStart(store, position, now)).toEqual({ after: { stream: 'tag-1', revision: 0 } })
  })

  it('is an instant, with milliseconds', async () => {
    const { store } = await storeOfTwo()
    expect(await replayStart(store, '2026-11-24T11:00:00Z', now)).toEqual({ since: '2026-11-24T11:00:00.000Z' })
    expect(await replayStart(store, START, now)).toEqual({ since: '1970-01-01T00:00:00.000Z' })
  })

  it('is nothing else', async () => {
    for (const after of ['99999999999999999999', 'yesterday', '2026-02-30T00:00:00Z', '2026-11-24T11:00:00+01:00', '5'])
      expect([after, await codeOf(after)]).toEqual([after, 'invalid-input'])
    expect(await codeOf('2026-11-24T12:00:01Z')).toBe('future-instant')
  })
})
