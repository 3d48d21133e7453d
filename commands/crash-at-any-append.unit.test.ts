import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemPrincipal } from '../domain/access/authorise.ts'
import type { Decider } from '../domain/decider.ts'
import type { DomainEvent } from '../domain/event-type.ts'
import { file } from '../domain/registry/file/file.ts'
import { packageVersion } from '../domain/registry/package-version/package-version.ts'
import { repository } from '../domain/registry/repository/repository.ts'
import { tag } from '../domain/registry/tag/tag.ts'
import { START, type EventStore } from '../platform/event-store/event-store.ts'
import { openMemoryEventStore } from '../platform/event-store/memory.ts'
import { crashingStore, ProcessDied, type Mishap } from '../test/registry/crashing-store.ts'
import { memoryRecord, memoryRig } from '../test/registry/memory-rig.ts'
import { RegistryModel } from '../test/registry/model.ts'
import { outcomeOf, prepareProject, send, withKeys, type Keyed, type Outcome } from '../test/registry/play.ts'
import { histories } from '../test/registry/steps.ts'
import type { Caller, CommandResult } from './command.ts'
import { FoldCache } from './fold-cache.ts'
import type { RunCommand } from './run-command.ts'

const PROJECT = 'main'
const clock = { now: () => Date.UTC(2026, 2, 1) }
const caller = (key: string): Caller => ({ principal: systemPrincipal('test'), correlationId: 'test', key })

type AnyDecider = Decider<unknown, never, DomainEvent>
const DECIDERS: Readonly<Record<string, AnyDecider>> = { repository, packageVersion, tag, file } as never

/** Waits for lost answers are real time in the product. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const withoutWaiting = async <T>(work: Promise<T>): Promise<T> => {
  let done = false
  const watched = work.finally(() => (done = true))
  watched.catch(() => undefined) // awaited below
  while (!done) {
    await vi.advanceTimersByTimeAsync(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return watched
}

/** The log without what a second try may write otherwise: every event with its id, in order. */
const logOf = async (store: EventStore) =>
  (await store.readAll(START, 10_000)).map(({ stream, revision, id, type, data }) => ({
    stream,
    revision,
    id,
    type,
    data,
  }))

/** Plays the history with one process that never fails. */
const playCalmly = async (sent: readonly Keyed[]) => {
  const store = openMemoryEventStore()
  const { run, folds } = memoryRig(store, memoryRecord(), clock)
  await prepareProject(run, PROJECT, caller('project'))
  const outcomes: Outcome[] = []
  for (const { step, key } of sent) outcomes.push(await outcomeOf(send(run, PROJECT, step, caller(key))))
  return { store, folds, outcomes }
}

/** Plays it with mishaps; whenever the process dies, a new one gets the same command with the same key. */
const playWithMishaps = async (sent: readonly Keyed[], mishaps: readonly (Mishap | undefined)[]) => {
  const store = openMemoryEventStore()
  const crashing = crashingStore(store, [undefined, ...mishaps])
  const record = memoryRecord()
  let process = memoryRig(crashing, record, clock)
  let deaths = 0
  await prepareProject(process.run, PROJECT, caller('project'))
  const outcomes: Outcome[] = []
  for (const { step, key } of sent) {
    for (;;) {
      try {
        outcomes.push(await withoutWaiting(outcomeOf(send(process.run, PROJECT, step, caller(key)))))
        break
      } catch (error) {
        if (!(error instanceof ProcessDied)) throw error
        deaths++
        process = memoryRig(crashing, record, clock)
      }
    }
  }
  return { store, outcomes, deaths }
}

const codeOf = (outcome: Outcome) => ('refused' in outcome ? outcome.refused : undefined)

it('carries out any history as the plain model of a registry does', async () => {
  let refusals = 0
  await fc.assert(
    fc.asyncProperty(histories(30), async (steps) => {
      const sent = withKeys(steps)
      const { store, folds, outcomes } = await playCalmly(sent)
      const model = new RegistryModel()
      const answers = new Map<string, CommandResult>()
      for (const [index, { step, key }] of sent.entries()) {
        const outcome = outcomes[index] as Outcome
        const first = answers.get(key)
        if (first !== undefined) {
          expect(outcome).toEqual({ result: first })
          continue
        }
        const id = 'result' in outcome ? String(outcome.result['id']) : ''
        expect([step, codeOf(outcome)]).toEqual([step, model.take(step, id)])
        if ('result' in outcome) answers.set(key, outcome.result)
        else refusals++
      }
      // live folds and folds from the first event on are the same
      const replayed = new FoldCache(store)
      for (const stream of new Set((await store.readAll(START, 10_000)).map((event) => event.stream))) {
        const decider = DECIDERS[stream.split('-')[0] ?? '']
        if (decider !== undefined)
          expect(await folds.load(stream, decider)).toEqual(await replayed.load(stream, decider))
      }
    }),
    { numRuns: 150 },
  )
  expect(refusals).toBeGreaterThan(100)
}, 30_000)

it('leads to the same log and answers when processes die at any append and the commands are repeated', async () => {
  const mishap = fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom('dies-before' as const, 'dies-after' as const, 'answer-lost' as const) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
  let deaths = 0
  await fc.assert(
    fc.asyncProperty(histories(30), fc.array(mishap, { minLength: 60, maxLength: 60 }), async (steps, mishaps) => {
      const sent = withKeys(steps)
      const calm = await playCalmly(sent)
      const wild = await playWithMishaps(sent, mishaps)
      expect(await logOf(wild.store)).toEqual(await logOf(calm.store))
      expect(wild.outcomes.map(codeOf)).toEqual(calm.outcomes.map(codeOf))
      deaths += wild.deaths
    }),
    { numRuns: 100 },
  )
  expect(deaths).toBeGreaterThan(300)
}, 30_000)

const moved = { repository: 'files', path: 'x' } as const

it('removes at a move only what stands at the new path, also when something else came to the old one after a crash', async () => {
  const store = openMemoryEventStore()
  const record = memoryRecord()
  const calm = memoryRig(store, record, clock)
  const crashing = memoryRig(crashingStore(store, ['dies-after']), record, clock)
  const put = (key: string, content: number) =>
    send(calm.run, PROJECT, { do: 'StoreFile', ...moved, content, createOnly: false, onlyIf: false }, caller(key))
  const move = (run: RunCommand) =>
    send(run, PROJECT, { do: 'MoveFile', ...moved, toPath: 'w', toRepository: 'files' }, caller('move'))
  await prepareProject(calm.run, PROJECT, caller('project'))
  await send(calm.run, PROJECT, { do: 'CreateRepository', repository: 'files', overwrite: true }, caller('repository'))

  await put('first', 0)
  await expect(move(crashing.run)).rejects.toThrow(ProcessDied)
  await put('second', 1)
  await expect(move(calm.run)).rejects.toMatchObject({ code: 'precondition-failed' })
  const types = (await store.readAll(START, 100)).map(({ type }) => type)
  expect(types.slice(2)).toEqual(['FileStored', 'FileStored', 'FileStored'])

  await put('third', 0)
  await move(calm.run)
  expect((await store.readAll(START, 100)).at(-1)?.type).toBe('FileDeleted')
})
