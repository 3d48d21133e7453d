import { PlatformError } from '../platform-error.ts'
import type { ByteRange } from './blob-store.ts'

/** Also keeps what a client sent as a digest from naming anything else in the store. */
export const isSha256 = (text: string): boolean => /^[0-9a-f]{64}$/.test(text)

export const blobMissing = (sha256: string): PlatformError =>
  new PlatformError('blob-missing', `there is no blob with sha256 ${sha256}`)

/** What `open` throws for a range that the blob does not have. */
export const rangeOutside = ({ start, end }: ByteRange): RangeError =>
  new RangeError(`bytes ${start}-${end} do not lie within the blob`)

/** Whether it is a range of some blob at all: whole numbers, the first not behind the last. */
export const isRange = ({ start, end }: ByteRange): boolean =>
  Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end
