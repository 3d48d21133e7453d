import Type, { type Static } from 'typebox'
import Value from 'typebox/value'
import type { QueuedJob } from '../queued-job.ts'

/** A job as it stands in the stream; its id and kind are in the subject. Names are short, because there may be many. */
const JobMessage = Type.Object({
  k: Type.Optional(Type.String()),
  p: Type.Union([Type.Literal('high'), Type.Literal('normal'), Type.Literal('low')]),
  at: Type.Number(),
  from: Type.Optional(Type.Number()),
  d: Type.String(),
})

/** How often a job was tried. `seq` is its place in the stream of jobs: those of an earlier place are out of date. */
const TriesMessage = Type.Object({ seq: Type.Number(), attempts: Type.Number(), notBefore: Type.Number() })

/** Stands where the tries of a job of this name would: the partition is in somebody's hands, or was when that one ended. */
export const HELD = 'held'

const DeadMessage = Type.Object({
  seq: Type.Number(),
  /** Without one it could not be read. */
  job: Type.Optional(JobMessage),
  attempts: Type.Number(),
  reason: Type.String(),
  diedAt: Type.Number(),
})

export type JobMessage = Static<typeof JobMessage>
export type TriesMessage = Static<typeof TriesMessage>
export type DeadMessage = Static<typeof DeadMessage>

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return undefined // as what is JSON of another form
  }
}

/** Undefined: it is none, or its data is no JSON. */
export const readJob = (bytes: Uint8Array): JobMessage | undefined => {
  const message = parsed(bytes)
  return Value.Check(JobMessage, message) && parsed(Buffer.from(message.d)) !== undefined ? message : undefined
}

export const readTries = (bytes: Uint8Array): TriesMessage | undefined => {
  const message = parsed(bytes)
  return Value.Check(TriesMessage, message) ? message : undefined
}

export const readDead = (bytes: Uint8Array): DeadMessage | undefined => {
  const message = parsed(bytes)
  return Value.Check(DeadMessage, message) ? message : undefined
}

export const jobMessage = ({ key, priority, publishedAt, data }: QueuedJob, notBefore?: number): JobMessage => ({
  ...(key === undefined ? {} : { k: key }),
  p: priority,
  at: publishedAt,
  ...(notBefore === undefined ? {} : { from: notBefore }),
  d: data,
})

export const jobOf = (kind: string, id: string, { k, p, at, d }: JobMessage): QueuedJob => ({
  id,
  kind,
  key: k,
  priority: p,
  publishedAt: at,
  data: d,
})

export const bytesOf = (message: JobMessage | TriesMessage | DeadMessage | { readonly by: string }): Uint8Array =>
  Buffer.from(JSON.stringify(message))
