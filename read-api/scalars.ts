import { GraphQLError, valueFromASTUntyped, type ValueNode } from './graphql-js.ts'

/** 2026-03-01T12:00:00Z, also with milliseconds. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/

const POSITION = /^\d{20}$/

const refuse = (sentence: string): never => {
  throw new GraphQLError(sentence)
}

const text = (value: unknown): string => (typeof value === 'string' ? value : refuse('A text is expected here.'))

export const position = {
  description: 'A place in the log: 20 digits, as Waybill gave them out. Their order as texts is the order of the log.',
  serialize: (value: unknown) => value as string,
  parseValue: (value: unknown) =>
    POSITION.test(text(value)) ? (value as string) : refuse('A position is 20 digits that Waybill gave out.'),
}

export const instant = {
  description: 'A moment in UTC as RFC 3339 has it: 2026-03-01T12:00:00Z, also with milliseconds.',
  serialize: (value: unknown) => value as string,
  parseValue: (value: unknown) => {
    const milliseconds = INSTANT.test(text(value)) ? Date.parse(value as string) : NaN
    if (Number.isNaN(milliseconds)) return refuse(`${String(value)} is not an instant like 2026-03-01T12:00:00Z.`)
    // one length, so that instants can be compared as texts
    return new Date(milliseconds).toISOString()
  },
}

export const moment = {
  description: 'The past to look at: an instant like 2026-03-01T12:00:00Z, or a position of the log.',
  serialize: (value: unknown) => value as string,
  parseValue: text,
}

export const long = {
  description: 'A whole number up to 2^53: bytes, counts, revisions.',
  serialize: (value: unknown) => value as number,
  parseValue: (value: unknown) =>
    Number.isSafeInteger(value) ? (value as number) : refuse('A whole number up to 2^53 is expected here.'),
}

export const json = {
  description: 'Any JSON value.',
  serialize: (value: unknown) => value,
  parseValue: (value: unknown) => value,
  parseLiteral: (node: ValueNode, variables: unknown) =>
    valueFromASTUntyped(node, variables as Record<string, unknown> | null | undefined),
}
