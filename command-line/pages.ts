import type { ServerClient } from './server-client.ts'

interface Page<Node> {
  readonly page: {
    readonly nodes: readonly Node[]
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null }
  }
}

/** The largest page whose query stays below what the server lets one cost. */
const PAGE = 250

/** The pages of a list that the query calls `page`, which takes `$first` and `$after`. */
export async function* pagesOf<Node>(
  client: ServerClient,
  query: string,
  variables: object,
  { after, most = Infinity }: { readonly after?: string | undefined; readonly most?: number } = {},
): AsyncGenerator<readonly Node[], void, void> {
  let left = most
  let cursor = after
  while (left > 0) {
    const first = Math.min(left, PAGE)
    const { page } = await client.query<Page<Node>>(query, { ...variables, first, after: cursor })
    yield page.nodes
    left -= page.nodes.length
    if (!page.pageInfo.hasNextPage || page.pageInfo.endCursor === null) return
    cursor = page.pageInfo.endCursor
  }
}

export const allNodes = async <Node>(
  client: ServerClient,
  query: string,
  variables: object,
): Promise<readonly Node[]> => {
  const nodes: Node[] = []
  for await (const page of pagesOf<Node>(client, query, variables)) nodes.push(...page)
  return nodes
}

/** A member of an enumeration as commands and events have it: `READ_HISTORY` is `read-history`. */
export const enumWord = (member: string): string => member.toLowerCase().replaceAll('_', '-')
