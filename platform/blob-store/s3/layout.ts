/*
 * <prefix>blobs/<first two digits>/<sha256>    what `put` has finished
 * <prefix>leases/<first two digits>/<sha256>   empty; made when a lease is renewed
 * <prefix>incoming/<id>                        bytes whose digest is not known before they are all there
 *
 * The fan-out is the file store's, so that a tool which copies one into the other copies names. S3 itself needs none.
 *
 * A blob's lease is the later time of last change of its blob and its lease object. Renewing by a copy of the blob onto itself would
 * cost as much as the blob is long, and a version of it in a bucket with versioning; an empty object costs the same for all.
 *
 * Whoever collects blobs, one at a time: reads the lease, copies the blob aside, deletes it, and reads the lease again; when that was
 * renewed meanwhile, copies it back. `claim` and `put` write the lease first and look for the blob afterwards, so what they answer for
 * is either still there or comes back (S3 is consistent: a read sees every write that was answered before it).
 */
export interface Layout {
  readonly prefix: string
  readonly incoming: string
}

export const layoutOf = (prefix: string): Layout => ({ prefix, incoming: `${prefix}incoming/` })

const spread = (sha256: string): string => `${sha256.slice(0, 2)}/${sha256}`

export const blobKey = ({ prefix }: Layout, sha256: string): string => `${prefix}blobs/${spread(sha256)}`

export const leaseKey = ({ prefix }: Layout, sha256: string): string => `${prefix}leases/${spread(sha256)}`
