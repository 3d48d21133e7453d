import type { Fragment, ManifestFragments } from './manifest-fragment.ts'

/** What is stored of a version: its manifest in both forms, ready to be put together. */
export interface VersionDocument extends Pick<ManifestFragments, 'full' | 'abbreviated' | 'hoisted'> {
  /** Predicate type of the provenance that was published with it. */
  readonly provenance?: string | undefined
}

/**
 * One line per part: JSON text holds no line breaks, so that a page of a thousand versions is split, not parsed. The last
 * line is there only where there is provenance.
 */
export const encodeVersionDocument = ({ full, abbreviated, hoisted, provenance }: VersionDocument): Buffer =>
  Buffer.from(
    [
      ...[full.head, full.tail, full.digest, abbreviated.head, abbreviated.tail, abbreviated.digest, hoisted],
      ...(provenance === undefined ? [] : [provenance]),
    ].join('\n'),
  )

const PARTS = 7

export const decodeVersionDocument = (bytes: Buffer): VersionDocument => {
  const parts = bytes.toString('utf8').split('\n')
  if (parts.length !== PARTS && parts.length !== PARTS + 1)
    throw new Error(`a stored version document has ${parts.length} parts`)
  const fragment = (at: number): Fragment => ({
    head: parts[at] as string,
    tail: parts[at + 1] as string,
    digest: parts[at + 2] as string,
  })
  return { full: fragment(0), abbreviated: fragment(3), hoisted: parts[6] as string, provenance: parts[PARTS] }
}
