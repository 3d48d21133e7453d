/**
 * The functions of graphql-js that this folder uses, by the file that Node loads for the package: a bundler's resolver (vitest
 * has one) takes its second copy, `index.mjs`, whose classes are not those of the schema.
 */
export {
  getNamedType,
  GraphQLError,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  lexicographicSortSchema,
  parse,
  printSchema,
  valueFromASTUntyped,
} from 'graphql/index.js'
export type { GraphQLOutputType, ValueNode } from 'graphql'
