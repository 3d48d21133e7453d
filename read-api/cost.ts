import type { FieldComplexityFunction } from '@pothos/plugin-complexity'
import type { Context } from './context.ts'
import { getNamedType, isLeafType, isListType, isNonNullType, type GraphQLOutputType } from './graphql-js.ts'
import { pageSize } from './page.ts'

/** What one query may cost. A field costs 1, a page of a list its size times what is asked of each row. */
export const MAX_COST = 25_000
/** How deep fields may be nested; each list takes two levels for `edges` and `node`. */
export const MAX_DEPTH = 15
/** Names, braces and values in the text of a query. */
export const MAX_TOKENS = 4000
/** Characters in the text of a query; values belong into its variables. */
export const MAX_TEXT = 65_536

/** Rows in a list that has no pages: files of a version, tags, grants. */
const FEW = 10
/** A page is a query to the database. */
const PAGE = 10

const isList = (type: GraphQLOutputType): boolean => isListType(isNonNullType(type) ? type.ofType : type)

/** What a field costs, and how often what is asked below it is counted. */
export const costOf: FieldComplexityFunction<Context, Record<string, unknown>> = (args, _, field) => {
  const named = getNamedType(field.type)
  if (Array.isArray(args.ids)) return { field: args.ids.length, multiplier: args.ids.length }
  if (isLeafType(named)) return { field: 1, multiplier: 1 }
  if (named.name === 'PageInfo') return { field: 0, multiplier: 0 }
  if (named.name.endsWith('Connection')) return { field: PAGE, multiplier: pageSize(args.first as number | undefined) }
  // the page has counted its rows already
  if (named.name.endsWith('Edge') || field.name === 'nodes') return { field: 0, multiplier: 1 }
  return { field: 1, multiplier: isList(field.type) ? FEW : 1 }
}
