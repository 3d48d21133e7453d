import { END } from '../platform/event-store/event-store.ts'
import type { AsOf } from '../projections/as-of.ts'

/** Tells the bound from the names in an id. */
const PAST = '@'

/** The inner id of a node: its names, and the bound when it is seen as it was. */
export const nodeId = (names: readonly string[], asOf: AsOf = END): string =>
  JSON.stringify(asOf === END ? names : [...names, PAST, asOf])

export interface ParsedId {
  readonly names: readonly string[]
  /** As `asOf` arguments take it; undefined: now. */
  readonly asOf: string | undefined
}

/** Undefined: it is no id of ours, and there is no such node. */
export const parseNodeId = (id: string, length: number): ParsedId | undefined => {
  const parts = jsonOf(id)
  if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return undefined
  const names = parts.slice(0, length)
  if (parts.length === length) return { names, asOf: undefined }
  return parts.length === length + 2 && parts[length] === PAST ? { names, asOf: parts[length + 1] } : undefined
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller takes it for no id
  }
}
