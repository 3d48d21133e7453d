import type { FileRow, FolderEntry } from '../../projections/files/queries.ts'

/** A line of a listing. */
export type ListedEntry =
  | {
      readonly type: 'file'
      /** Below the folder that is listed. */
      readonly name: string
      /** Bytes. */
      readonly size: number
      readonly contentType: string
      readonly sha256: string
      /** RFC 3339. */
      readonly modified: string
    }
  | { readonly type: 'folder'; readonly name: string }

/** A page of a listing; the listing in JSON is this. */
export interface FolderPage {
  /** `''` for the root, else it ends with `/`. */
  readonly path: string
  readonly entries: readonly ListedEntry[]
  /** What to send as `after` for the next page; null: there is none. */
  readonly next: string | null
}

export const listedFile = (name: string, { size, contentType, sha256, storedAt }: FileRow): ListedEntry => ({
  type: 'file',
  name,
  size,
  contentType,
  sha256,
  modified: storedAt,
})

export const listedEntry = (entry: FolderEntry): ListedEntry =>
  entry.kind === 'file' ? listedFile(entry.name, entry.file) : { type: 'folder', name: entry.name }
