/**
 * The job queue port: work that is to be done at least once, by any process that offers to do its kind. Every adapter passes
 * `test/contracts/job-queue.ts`.
 *
 * A queue is a carrier, not a record: what is to be done is known elsewhere (a log, a table), and `generation` says when
 * what was published before may be gone. Ids are UUIDs, kinds kebab-case words, instants milliseconds since the epoch.
 */
export interface NewJob {
  /** Usually derived from an event's id. Publishing a job again while it is queued, running or dead changes nothing. */
  readonly id: string
  readonly kind: string
  /**
   * Jobs of the same kind and key are carried out one after another, in the order in which they were published; a job that
   * waits for its next try holds back those behind it, and only those. Undefined: in no order.
   */
  readonly key?: string | undefined
  /** Which goes first of those that may run; default `normal`. It never changes the order within a key. */
  readonly priority?: JobPriority | undefined
  /** Not before this instant; default at once. */
  readonly notBefore?: number | undefined
  /** A JSON value; `MAX_JOB_BYTES` at most. */
  readonly data: unknown
}

export const JOB_PRIORITIES = ['high', 'normal', 'low'] as const
export type JobPriority = (typeof JOB_PRIORITIES)[number]

/** Most bytes of a job's data as JSON; what is larger is a blob, named by its digest. */
export const MAX_JOB_BYTES = 65_536

/** A job in the hands of whoever carries it out. */
export interface Job {
  readonly id: string
  readonly kind: string
  readonly key: string | undefined
  readonly data: unknown
  /** Which try this is, from 1; a try that ended with its process counts. */
  readonly attempt: number
  /** When it was first published. */
  readonly publishedAt: number
  /** Aborts when the lease was lost or the time for draining is over: what goes on after that may be done twice. */
  readonly signal: AbortSignal
  /** Renews the lease: without it a try that takes longer than `leaseMs` is given to somebody else. */
  progress(): Promise<void>
}

/**
 * What became of a try. Something thrown is `failed` with its message.
 * - `done`: it is over
 * - `failed`: tried again when the policy says, or dead when it says no more
 * - `later`: tried again at the instant; the try does not count
 * - `dead`: trying again would not help
 */
export type JobOutcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'failed'; readonly reason: string; readonly notBefore?: number | undefined }
  | { readonly outcome: 'later'; readonly notBefore: number }
  | { readonly outcome: 'dead'; readonly reason: string }

export type Perform = (job: Job) => Promise<JobOutcome>

/** How one kind of work is carried out by this process. */
export interface WorkPolicy {
  /** Jobs of the kind at a time, in this process. */
  readonly concurrency: number
  /** How long a try may go on without progress before it counts as lost. */
  readonly leaseMs: number
  /** Tries before it is dead. */
  readonly attempts: number
  /** How long after the given failed try (from 1) the next one comes, in milliseconds; jitter is the policy's own. */
  readonly backoff: (attempt: number) => number
  /** Told of every job that is dead, before it leaves the queue for the dead ones; what it throws is logged. */
  readonly onDead?: ((job: Omit<Job, 'signal' | 'progress'>, reason: string) => Promise<void>) | undefined
}

/** A kind that this process works on. */
export interface Working {
  /** Takes no more, waits up to `graceMs` for what runs, then aborts it and gives it back. */
  stop(graceMs: number): Promise<void>
}

/** A job that nobody tries any more. */
export interface DeadJob {
  readonly id: string
  readonly kind: string
  readonly key: string | undefined
  readonly data: unknown
  readonly attempts: number
  readonly reason: string
  readonly diedAt: number
}

/** Jobs of one kind, by what they wait for. */
export interface JobCounts {
  readonly ready: number
  readonly running: number
  /** For an instant to come. */
  readonly delayed: number
  readonly dead: number
}

export interface JobQueue {
  /** Another text than before means that jobs which were published may be gone: those that are still to be done are published again. */
  readonly generation: string
  /** Calls `listener` whenever `generation` has changed; returns the function that ends it. */
  onGeneration(listener: (generation: string) => void): () => void
  /**
   * Durable (where the adapter has anything durable) once it resolves. Given in one call, jobs of a key keep their order.
   * @throws {PlatformError} `unavailable`: some of them may be queued; publish all of them again · `invalid-job`: none is
   */
  publish(jobs: readonly NewJob[]): Promise<void>
  /** Begins to carry out jobs of the kind; once per kind and process. */
  work(kind: string, policy: WorkPolicy, perform: Perform): Working
  /** Takes a job out, whatever it waits for; a running try is aborted. False: there is none. */
  cancel(kind: string, id: string): Promise<boolean>
  counts(kind: string): Promise<JobCounts>
  /** The dead ones, oldest first. */
  dead(kind: string, limit: number): Promise<readonly DeadJob[]>
  /** Gives a dead one new tries, from 1, behind what its key has queued. False: there is none. */
  revive(kind: string, id: string): Promise<boolean>
  /** Stops every kind that is worked on (with 2 s of grace) and lets go of connections. */
  close(): Promise<void>
}
