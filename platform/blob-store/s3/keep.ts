import type { Logger } from 'pino'
import { newId } from '../../ids.ts'
import { PlatformError } from '../../platform-error.ts'
import { isSha256 } from '../blob-name.ts'
import type { PutOptions, StoredBlob } from '../blob-store.ts'
import type { S3Connection } from './connection.ts'
import { blobKey, type Layout } from './layout.ts'
import type { Claim } from './lease.ts'
import { putIfAbsent, putObject } from './objects.ts'
import { startPartSender } from './part-sender.ts'
import { openSlots } from './slots.ts'
import { ALL_PARTS_AT_ONCE, type TransferSizes } from './transfer-sizes.ts'
import { knownUpload, stagedUpload, type Upload } from './upload.ts'

export interface KeeperOptions {
  readonly connection: S3Connection
  readonly layout: Layout
  readonly claim: Claim
  readonly sizes: TransferSizes
  readonly log: Pick<Logger, 'warn'>
}

/** Brings the bytes of puts under their digest, each once. */
export interface Keeper {
  /** For bytes that are too many to be held, before it is known what they are. */
  startUpload(put: PutOptions): Promise<Upload>
  keepUpload(blob: StoredBlob, upload: Upload): Promise<void>
  keepHeld(blob: StoredBlob, bytes: Uint8Array): Promise<void>
}

/** Up to this many bytes it is cheaper to send them, to be told that they are there, than to ask first. */
const SENT_UNASKED = 262_144

/** A put of a blob that is there already: what comes is hashed, and goes nowhere. */
const uploadOfKept: Upload = {
  write: () => Promise.resolve(),
  publish: () => Promise.reject(new PlatformError('unavailable', 'a blob was removed while it was uploaded again')),
  discard: () => Promise.resolve(),
}

/** @throws {PlatformError} `unavailable`, by each of its functions */
export const openKeeper = ({ connection, layout, claim, sizes, log }: KeeperOptions): Keeper => {
  const slots = openSlots(ALL_PARTS_AT_ONCE)
  const keyOf = (sha256: string): string => blobKey(layout, sha256)
  let knowsConditions = true

  const isKept = async ({ size, digests: { sha256 } }: StoredBlob): Promise<boolean> => {
    const present = await claim(sha256)
    if (present !== undefined && present !== size) log.warn({ sha256, present, size }, 'replacing a damaged blob')
    return present === size
  }

  const isWritten = async (object: Parameters<typeof putIfAbsent>[1]): Promise<boolean> => {
    if (!knowsConditions || object.bytes.length > SENT_UNASKED) return false
    const outcome = await putIfAbsent(connection, object)
    knowsConditions = outcome !== 'unsupported'
    return outcome === 'written'
  }

  return {
    startUpload: async ({ expected = {}, signal }) => {
      const sha256 = expected.sha256?.toLowerCase() ?? ''
      if (!isSha256(sha256)) {
        const key = `${layout.incoming}${newId()}`
        const sender = await startPartSender({ connection, key, sizes, slots, signal })
        return stagedUpload(sender, { connection, key, sizes, keyOf })
      }
      // Without the size that was promised it might be a damaged one, which the bytes that come now would mend.
      if (expected.size !== undefined && (await claim(sha256)) === expected.size) return uploadOfKept
      return knownUpload(await startPartSender({ connection, key: keyOf(sha256), sizes, slots, signal }))
    },

    keepUpload: async (blob, upload) => {
      if (await isKept(blob)) await upload.discard()
      else await upload.publish(blob)
    },

    keepHeld: async (blob, bytes) => {
      const { sha256 } = blob.digests
      const object = { key: keyOf(sha256), bytes, sha256 }
      if (await isWritten(object)) return
      if (!(await isKept(blob))) await putObject(connection, object)
    },
  }
}
