import { createHash } from 'node:crypto'

/** Parts that the jobs of a kind are shared out in: each is carried out by one process at a time. */
export const PARTITIONS = 16

/** What the streams and subjects of one Waybill are called. */
export interface Names {
  readonly jobs: string
  readonly tries: string
  readonly dead: string
  readonly subject: (stream: 'jobs' | 'tries' | 'dead', kind: string, partition: number | '*', id: string) => string
  /** Where the processes that work on a kind say that they are there. */
  readonly members: (kind: string) => string
  /** Where they are told what to let go of or to look at again. */
  readonly told: (kind: string) => string
  readonly lease: (kind: string, partition: number) => string
}

/** `prefix` sets several Waybills on one server apart: letters, digits and underscores. */
export const namesFor = (prefix: string): Names => {
  const stream = (part: string): string => `${prefix}_${part}`.toUpperCase()
  return {
    jobs: stream('jobs'),
    tries: stream('tries'),
    dead: stream('dead'),
    subject: (part, kind, partition, id) => `${prefix}.${part}.${kind}.${partition}.${id}`,
    members: (kind) => `${prefix}.workers.${kind}`,
    told: (kind) => `${prefix}.told.${kind}`,
    lease: (kind, partition) => `${prefix}/jobs/${kind}/${partition}`,
  }
}

/** Jobs of a key are in the same partition always, in every version: those of an earlier one may still be queued. */
export const partitionOf = (key: string): number => createHash('sha1').update(key).digest().readUInt32BE() % PARTITIONS

/** The partition and the id at the end of a subject. */
export const placeOf = (subject: string): { readonly partition: number; readonly id: string } => {
  const [id = '', partition = ''] = subject.split('.').reverse()
  return { partition: Number(partition), id }
}
