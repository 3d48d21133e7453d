import { LRUCache } from 'lru-cache'
import type { Clock } from '../../clock.ts'
import type { S3Connection } from './connection.ts'
import { blobKey, leaseKey, type Layout } from './layout.ts'
import { headObject, putObject } from './objects.ts'

/**
 * A lease that is younger need not be renewed: whoever collects takes nothing whose lease is younger than a day (see layout.ts), and
 * an event that names a blob is appended within seconds. So a claim costs one HEAD, and an hour after the last one two requests more.
 */
const RENEWED_FOR_MS = 3_600_000

/** What this process renewed; more would be renewed once more than needed. */
const REMEMBERED = 20_000

const NOTHING = new Uint8Array()
const SHA256_OF_NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Answers the size of a blob whose lease is good for a while, or undefined when there is no such blob. */
export type Claim = (sha256: string) => Promise<number | undefined>

export const openClaims = (connection: S3Connection, layout: Layout, clock: Clock): Claim => {
  const renewed = new LRUCache<string, number>({ max: REMEMBERED })

  return async (sha256) => {
    const key = blobKey(layout, sha256)
    const found = await headObject(connection, key)
    if (found === undefined) return undefined
    const lease = Math.max(found.modified, renewed.get(sha256) ?? 0)
    const now = clock.now()
    if (now - lease < RENEWED_FOR_MS) return found.size
    await putObject(connection, { key: leaseKey(layout, sha256), bytes: NOTHING, sha256: SHA256_OF_NOTHING })
    renewed.set(sha256, now)
    // It may have been collected before the lease was there; afterwards it cannot be.
    return (await headObject(connection, key))?.size
  }
}
