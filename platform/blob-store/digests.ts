import { createHash } from 'node:crypto'
import type { Digests } from './blob-store.ts'

/** All four digests over the chunks that pass by, in one pass. */
export interface RunningDigests {
  update(chunk: Uint8Array): void
  /** Ends the run; call it once. */
  finish(): Digests
}

export const startDigests = (): RunningDigests => {
  const md5 = createHash('md5')
  const sha1 = createHash('sha1')
  const sha256 = createHash('sha256')
  const sha512 = createHash('sha512')
  return {
    update: (chunk) => {
      md5.update(chunk)
      sha1.update(chunk)
      sha256.update(chunk)
      sha512.update(chunk)
    },
    finish: () => ({
      md5: md5.digest('hex'),
      sha1: sha1.digest('hex'),
      sha256: sha256.digest('hex'),
      sha512: sha512.digest('hex'),
    }),
  }
}

export const digestNames = ['md5', 'sha1', 'sha256', 'sha512'] as const satisfies readonly (keyof Digests)[]
