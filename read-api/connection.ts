import type { Cursors, Key } from './cursor.ts'
import { pageSize, visiblePage } from './page.ts'

/** The arguments of a list with pages. */
export interface PageArguments {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

/** A list as its type file describes it. */
export interface KeyedList<Row, Node> {
  readonly cursors: Cursors
  /** Rows beyond the key (exclusive) in the list's order. */
  readonly fetch: (after: Key | undefined, limit: number) => Promise<readonly Row[]>
  readonly keyOf: (row: Row) => Key
  /** Whether this viewer may know of the row. */
  readonly visible: (row: Row) => boolean
  readonly nodeOf: (row: Row) => Node
}

export interface Connection<Node> {
  readonly edges: { readonly cursor: string; readonly node: Node }[]
  readonly pageInfo: {
    readonly hasNextPage: boolean
    readonly hasPreviousPage: boolean
    readonly startCursor: string | null
    readonly endCursor: string | null
  }
}

/** A page of a list in the form of Relay, forward only. There are no totals: they would count what may not be seen. */
export const connectionOf = async <Row, Node>(
  { first, after }: PageArguments,
  list: KeyedList<Row, Node>,
): Promise<Connection<Node>> => {
  const size = pageSize(first)
  const start = after === null || after === undefined ? undefined : list.cursors.keyOf(after)
  const { rows, more } = await visiblePage<Row>(
    size,
    (row, limit) => list.fetch(row === undefined ? start : list.keyOf(row), limit),
    list.visible,
  )
  const edges = rows.map((row) => ({ cursor: list.cursors.cursorOf(list.keyOf(row)), node: list.nodeOf(row) }))
  return {
    edges,
    pageInfo: {
      hasNextPage: more,
      hasPreviousPage: start !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  }
}
