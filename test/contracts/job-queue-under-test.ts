import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { Job, JobQueue, NewJob, WorkPolicy } from '../../platform/job-queue/job-queue.ts'

export interface JobQueueUnderTest {
  readonly queue: JobQueue
  /** The same place as another process sees it; adapters that live in one process have none. Closed with the first. */
  readonly another?: () => Promise<JobQueue>
  /** Closes the queues and removes all that they kept. */
  close(): Promise<void>
}

export type Current = () => JobQueueUnderTest

/** Long enough for a queue whose kinds must find an owner among processes first. */
export const SOON = { timeout: 20_000, interval: 10 }

let kinds = 0

/** A kind of its own for every test, so that they do not disturb each other. */
export const newKind = (): string => `contract-k${++kinds}`

export const policy = (changed: Partial<WorkPolicy> = {}): WorkPolicy => ({
  concurrency: 4,
  leaseMs: 10_000,
  attempts: 5,
  backoff: () => 20,
  ...changed,
})

/** Jobs whose data are the numbers from 0. */
export const numbered = (kind: string, count: number, more: Partial<NewJob> = {}): NewJob[] =>
  Array.from({ length: count }, (_, data) => ({ id: randomUUID(), kind, data, ...more }))

export const numberOf = ({ data }: Pick<Job, 'data'>): number => Number(data)

/** Waits until so many tries have come, and nothing of the kind is left to be done; what is counted may be a moment old. */
export const untilDone = async (
  queue: JobQueue,
  kind: string,
  tries: () => number,
  expected: number,
): Promise<void> => {
  await expect.poll(tries, SOON).toBeGreaterThanOrEqual(expected)
  await expect.poll(() => queue.counts(kind), SOON).toMatchObject({ ready: 0, running: 0, delayed: 0 })
}

/** A promise, and what resolves it. */
export const gate = (): { readonly opened: Promise<void>; readonly open: () => void } => {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
