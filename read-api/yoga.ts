import { createYoga, isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga'
import { LRUCache } from 'lru-cache'
import type { DocumentNode, ExecutionResult, ParseOptions, Source } from 'graphql'
import { DomainError } from '../domain/errors.ts'
import type { Context } from './context.ts'
import { MAX_TEXT, MAX_TOKENS } from './cost.ts'
import { parse } from './graphql-js.ts'
import { schema } from './schema.ts'
import { shownError } from './shown-error.ts'

const finished = (context: Context, result: ExecutionResult): ExecutionResult => {
  const whole = result.data === undefined
  return {
    ...result,
    ...(result.errors === undefined ? {} : { errors: result.errors.map((error) => shownError(context, error, whole)) }),
    ...(context.stale ? { extensions: { ...result.extensions, stale: true } } : {}),
  }
}

/** Every answer, whatever stage it came from, passes here: errors in the words of the one table, and the mark of a stale one. */
const finish: Plugin<object, Context> = {
  onResultProcess({ result, setResult, serverContext }) {
    if (isAsyncIterable(result)) setResult(mapAsyncIterator(result, (one) => finished(serverContext, one)))
    else if (!Array.isArray(result)) setResult(finished(serverContext, result))
  },
}

const limitedParse = (source: string | Source, options?: ParseOptions): DocumentNode => {
  const { length } = typeof source === 'string' ? source : source.body
  if (length > MAX_TEXT)
    throw new DomainError('too-large', `The query has ${length} characters, and at most ${MAX_TEXT} are read.`)
  return parse(source, { ...options, maxTokens: MAX_TOKENS })
}

const limitText: Plugin<object, Context> = {
  onParse: ({ setParseFn }) => {
    setParseFn(limitedParse)
  },
}

/** GraphQL over HTTP and its subscriptions over server-sent events. Other sites may not call it: there is no CORS. */
export const yoga = createYoga<Context>({
  schema,
  graphiql: false,
  landingPage: false,
  cors: false,
  multipart: false,
  // `finish` does it, with the request id
  maskedErrors: false,
  logging: false,
  // anybody can send texts: what is kept of them must stay small
  parserAndValidationCache: { documentCache: new LRUCache({ max: 100 }), errorCache: new LRUCache({ max: 10 }) },
  plugins: [finish, limitText],
  // the platform's own streams: they ask for the next event only when the last one was taken
  fetchAPI: { Request, Response, Headers, ReadableStream, TextEncoder, URL },
})
