import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { Current, ServedEventStoreUnderTest } from './event-store-under-test.ts'
import type { WriterPlan } from './event-store-child.ts'
import { ascending, collect, idsOf, newStream, readOn } from './event-store-samples.ts'

const WRITERS = 3
const OWN = 800
const SHARED = 30

export const writerCases = (current: Current<ServedEventStoreUnderTest>, childModule: URL): void => {
  describe('with three writer processes', () => {
    it('a tailing reader sees every event once and in order', async () => {
      const { store, childArgument } = current()
      const start = await store.head()
      const stop = new AbortController()
      const total = WRITERS * (OWN + SHARED)
      const collecting = collect(
        store.subscribeAll(start, { signal: stop.signal, batchSize: 100 }),
        stop,
        (events) => events.length >= total,
      )
      const plan: WriterPlan = { own: OWN, shared: SHARED, streams: [newStream('shared'), newStream('shared')] }
      await Promise.all(Array.from({ length: WRITERS }, () => finished(writer(childModule, childArgument, plan))))
      const events = await collecting
      expect(ascending(events)).toBe(true)
      expect(new Set(idsOf(events)).size).toBe(total)
      expect(idsOf(events)).toEqual(idsOf(await readOn(store, start)))
      for (const stream of plan.streams) {
        const revisions = events.filter((event) => event.stream === stream).map(({ revision }) => revision)
        expect(revisions).toEqual(Array.from({ length: (WRITERS * SHARED) / 2 }, (_, index) => index))
      }
    })
  })
}

const writer = (module: URL, argument: string, plan: WriterPlan): ChildProcess => {
  const program = fileURLToPath(new URL('event-store-child.ts', import.meta.url))
  return spawn(process.execPath, [program, module.href, argument, JSON.stringify(plan)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const finished = async (child: ChildProcess): Promise<void> => {
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code).toBe(0)
}
