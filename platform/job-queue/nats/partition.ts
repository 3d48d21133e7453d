import type { Lease } from '../../leases/leases.ts'
import type { SubjectReader } from './subject-reader.ts'

/** Places in the stream, the latest so many of them. */
export interface Finished {
  add(seq: number): void
  has(seq: number): boolean
}

const REMEMBERED = 10_000

export const newFinished = (): Finished => {
  const seqs = new Set<number>()
  return {
    add(seq) {
      seqs.add(seq)
      const [oldest] = seqs
      if (seqs.size > REMEMBERED && oldest !== undefined) seqs.delete(oldest)
    },
    has: (seq) => seqs.has(seq),
  }
}

/** Where a job of a schedule stands on the server. */
export interface Located {
  readonly partition: Partition
  readonly seq: number
  /** It was there when the partition was taken over from a process that did not let go of it, and may be why. */
  readonly suspect: boolean
  /** Where it is written how often it was tried. */
  triesSeq?: number | undefined
}

/** A part of a kind's jobs that this process carries out, for as long as it holds the lease. */
export interface Partition {
  readonly number: number
  readonly lease: Lease
  /** The streams it was read from; what belongs to another generation is not touched. */
  readonly generation: string
  /** Aborts when it is this process's no longer. */
  readonly gone: AbortController
  /** All that are in the schedule. */
  readonly ids: Set<string>
  /** Those that were begun and whose outcome is not written. */
  readonly underWay: Set<string>
  /** Dead ones, which stay in the stream so that they are not queued again, by where they stand. */
  readonly dead: Map<string, number>
  reader?: SubjectReader | undefined
  /** Where it is written that the partition is in somebody's hands. */
  readonly mark: number
  /** What was done or taken out lately. A server that is killed forgets what was deleted last, and gives it again. */
  readonly finished: Finished
  /** While everything is read again, what was there: what was not has been taken out meanwhile. */
  seen?: Set<string> | undefined
  /** It is being handed over: nothing more begins. */
  leaving: boolean
}
