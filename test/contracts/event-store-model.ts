import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type EventStore, type NewEvent, NO_STREAM } from '../../platform/event-store/event-store.ts'
import { isVersionConflict } from '../../platform/platform-error.ts'
import type { Current } from './event-store-under-test.ts'
import { idsOf, newEvents, newStream, readOn } from './event-store-samples.ts'

/** What a random run does: append new events somewhere near the head, or send (a part of) an earlier append again. */
type Step =
  | { readonly kind: 'append'; readonly stream: number; readonly count: number; readonly off: number }
  | { readonly kind: 'repeat'; readonly earlier: number; readonly skip: number; readonly drop: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('append' as const),
    stream: fc.nat({ max: 2 }),
    count: fc.integer({ min: 1, max: 4 }),
    off: fc.constantFrom(0, 0, 0, 0, -1, -2, 1),
  }),
  fc.record({
    kind: fc.constant('repeat' as const),
    earlier: fc.nat(),
    skip: fc.constantFrom(0, 0, 1),
    drop: fc.constantFrom(0, 0, 1),
  }),
)

interface Request {
  readonly stream: string
  readonly events: readonly NewEvent[]
  readonly expected: number
}

/** The port in its simplest form: streams of ids. */
const modelAnswer = (ids: readonly string[], { events, expected }: Request): { revision: number } | number => {
  const head = ids.length - 1
  const revision = expected + events.length
  if (expected === head) return { revision }
  const stored = ids.slice(expected + 1, revision + 1)
  return stored.join() === idsOf(events).join() ? { revision } : head
}

const realAnswer = async (store: EventStore, request: Request): Promise<{ revision: number } | number> => {
  try {
    const { revision } = await store.append(request.stream, request.events, request.expected)
    return { revision }
  } catch (error) {
    if (isVersionConflict(error)) return error.actualRevision
    throw error
  }
}

export const modelCases = (current: Current): void => {
  describe('against a model', () => {
    it('answers any run of appends and repeats as the model does, and keeps the same log', async () => {
      const { store } = current()
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
          const names = [newStream(), newStream(), newStream()]
          const streams = new Map<string, string[]>(names.map((name) => [name, []]))
          const log: string[] = []
          const sent: Request[] = []
          const start = await store.head()
          for (const taken of steps) {
            const request = requestOf(taken, names, streams, sent)
            if (request === undefined) continue
            const ids = streams.get(request.stream) ?? []
            const wanted = modelAnswer(ids, request)
            expect(await realAnswer(store, request)).toEqual(wanted)
            if (request.expected === ids.length - 1) {
              ids.push(...idsOf(request.events))
              log.push(...idsOf(request.events))
            }
            sent.push(request)
          }
          expect(idsOf(await readOn(store, start, 7))).toEqual(log)
          for (const [name, ids] of streams) expect(idsOf(await store.readStream(name))).toEqual(ids)
        }),
        { numRuns: 40 },
      )
    })

    it('keeps streams without gap, whatever runs at once', async () => {
      const { store } = current()
      const run = fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 6 })
      await fc.assert(
        fc.asyncProperty(run, async (lanes) => {
          const names = [newStream(), newStream(), newStream()]
          const accepted = new Map<string, string>()
          const lane = async (steps: readonly Step[]): Promise<void> => {
            const sent: Request[] = []
            for (const taken of steps) {
              const streams = new Map<string, string[]>()
              for (const name of names) streams.set(name, [...idsOf(await store.readStream(name))])
              const request = requestOf(taken, names, streams, sent)
              if (request === undefined) continue
              const answer = await realAnswer(store, request)
              sent.push(request)
              if (typeof answer === 'number') continue
              for (const [index, { id }] of request.events.entries()) {
                accepted.set(`${request.stream} ${request.expected + 1 + index}`, id)
              }
            }
          }
          await Promise.all(lanes.map(lane))
          const stored = (await Promise.all(names.map((name) => store.readStream(name)))).flat()
          expect(new Map(stored.map(({ stream, revision, id }) => [`${stream} ${revision}`, id]))).toEqual(accepted)
          for (const { stream, revision } of stored) {
            if (revision > 0) expect(accepted.has(`${stream} ${revision - 1}`)).toBe(true)
          }
        }),
        { numRuns: 20 },
      )
    })
  })
}

const requestOf = (
  taken: Step,
  names: readonly string[],
  streams: ReadonlyMap<string, readonly string[]>,
  sent: readonly Request[],
): Request | undefined => {
  if (taken.kind === 'append') {
    const stream = names[taken.stream] ?? ''
    const head = (streams.get(stream)?.length ?? 0) - 1
    return { stream, events: newEvents(taken.count), expected: Math.max(NO_STREAM, head + taken.off) }
  }
  const earlier = sent[taken.earlier % Math.max(1, sent.length)]
  if (earlier === undefined) return undefined
  const events = earlier.events.slice(taken.skip, earlier.events.length - taken.drop)
  return events.length === 0 ? undefined : { ...earlier, events, expected: earlier.expected + taken.skip }
}
