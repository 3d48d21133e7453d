import { Readable } from 'node:stream'
import type { ReadableStream as NodeReadableStream } from 'node:stream/web'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { shownRefusal } from '../commands/shown-refusal.ts'
import { DomainError, ERRORS } from '../domain/errors.ts'
import { createContext, waitFor, type ReadApi } from './context.ts'
import { graphiql, sendGraphiql, wantsPage } from './graphiql.ts'
import { extensionsOf } from './shown-error.ts'
import { yoga } from './yoga.ts'

const MAX_BODY_BYTES = 262_144

/** What of yoga's answer is passed on; it sets others that this server sees to itself. */
const HEADERS = ['content-type', 'cache-control', 'allow'] as const

/** The position that the client has seen and wants to be shown. */
const seenPosition = ({ headers }: FastifyRequest): string | undefined => {
  const after = headers['waybill-after']
  if (after === undefined || (typeof after === 'string' && /^\d{20}$/.test(after))) return after
  throw new DomainError('invalid-input', 'Waybill-After must be a position that Waybill gave out.')
}

/** What went wrong before there was a query: credentials, headers, the body. */
const sendError = (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
  const tooLarge = (error as { code?: unknown }).code === 'FST_ERR_CTP_BODY_TOO_LARGE'
  const wrongType = (error as { code?: unknown }).code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
  const refusal = tooLarge
    ? new DomainError('too-large', `A query has at most ${MAX_BODY_BYTES} bytes.`)
    : wrongType
      ? new DomainError('unsupported-media-type', 'A query is sent as application/json.')
      : shownRefusal(error)
  const [status] = ERRORS[refusal.code]
  if (status >= 500) request.log.error({ err: refusal.cause ?? error }, 'request failed')
  if (refusal.retryAfter !== undefined) void reply.header('retry-after', String(refusal.retryAfter))
  if (status === 401) void reply.header('www-authenticate', 'Basic realm="waybill", charset="UTF-8"')
  const body = { errors: [{ message: refusal.message, extensions: extensionsOf(refusal, request.id) }] }
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body))
}

/** `/graphql`: queries and mutations, subscriptions as server-sent events, and for browsers a page to try them. */
export const graphql =
  (api: ReadApi): FastifyPluginAsync =>
  async (app) => {
    const open = new Set<AbortController>()
    app.addHook('preClose', (done) => {
      for (const operation of open) operation.abort()
      done()
    })
    app.setErrorHandler((error, request, reply) => sendError(error, request, reply))
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('application/json', { parseAs: 'string' }, (_, body, done) => done(null, body))

    const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const principal = await api.principalOf(request)
      const gone = new AbortController()
      open.add(gone)
      reply.raw.once('close', () => {
        open.delete(gone)
        gone.abort()
      })
      const context = createContext(api, request, gone.signal, principal)
      await waitFor(context, seenPosition(request))
      const response = await yoga.fetch(
        new URL(request.url, 'http://waybill'),
        {
          method: request.method,
          headers: { accept: request.headers.accept ?? '*/*', 'content-type': 'application/json' },
          ...(request.method === 'POST' ? { body: (request.body as string | undefined) ?? '' } : {}),
          signal: gone.signal,
        },
        context,
      )
      for (const name of HEADERS) {
        const value = response.headers.get(name)
        if (value !== null) void reply.header(name, value)
      }
      if (context.stale) void reply.header('waybill-stale', 'true')
      void reply.code(response.status)
      const streamed = response.headers.get('content-type')?.startsWith('text/event-stream') === true
      if (!streamed || response.body === null) return reply.send(await response.text())
      // a stream is not followed by another answer, and a server that closes need not wait for the client to go
      void reply.header('connection', 'close').header('x-accel-buffering', 'no')
      return reply.send(Readable.fromWeb(response.body as NodeReadableStream))
    }

    app.route({
      method: ['GET', 'POST'],
      url: '/graphql',
      bodyLimit: MAX_BODY_BYTES,
      handler: (request, reply) => (wantsPage(request) ? sendGraphiql(reply) : answer(request, reply)),
    })
    await app.register(graphiql)
  }
