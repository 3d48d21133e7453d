import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { DomainError } from '../../domain/errors.ts'
import { inCidrs, type Cidr } from '../../platform/config/cidr.ts'
import { requestId, type Log } from '../../platform/log/log.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { sendProblem } from './problem.ts'

/**
 * Answers a request straight from memory and returns true, or touches nothing and returns false. Runs before the framework,
 * so that a hot document costs little more than the socket.
 */
export type HotPath = (request: IncomingMessage, response: ServerResponse) => boolean

export interface ServerOptions {
  readonly log: Log
  readonly metrics: Metrics
  /** CIDRs whose X-Forwarded-* headers are believed. */
  readonly trustedProxies: readonly Cidr[]
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined
  readonly hotPaths: readonly HotPath[]
}

/**
 * npm packs for seconds on an idle connection before a large publish, and proxies reuse theirs: an idle connection that closes
 * under a request shows as EPIPE at the client.
 */
const KEEP_ALIVE_MILLISECONDS = 72_000

/** The HTTP server that the adapters are registered on: request ids, log lines, metrics, and the last error handler. */
export const createGatewayServer = (options: ServerOptions): FastifyInstance => {
  const { log, metrics, trustedProxies, tls, hotPaths } = options
  const listener =
    (handler: RequestListener): RequestListener =>
    (request, response) => {
      for (const hot of hotPaths) if (hot(request, response)) return
      handler(request, response)
    }
  const loggerInstance: FastifyBaseLogger = log
  const app = Fastify({
    loggerInstance,
    // requests are logged once, when they are answered, by the hook below
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    trustProxy: trustedProxies.length === 0 ? false : (address) => inCidrs(trustedProxies, address),
    forceCloseConnections: 'idle',
    // while it drains, requests on connections that are open already are still answered
    return503OnClosing: false,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    // no limit on the whole request: it would be a hidden limit on the size of uploads
    requestTimeout: 0,
    // an address that cannot be decoded is refused before any route is found
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, error),
    routerOptions: { maxParamLength: 2048, ignoreDuplicateSlashes: false },
    serverFactory: (handler) => {
      const server = tls === undefined ? createServer(listener(handler)) : createTlsServer(tls, listener(handler))
      server.keepAliveTimeout = KEEP_ALIVE_MILLISECONDS
      server.headersTimeout = 60_000
      server.requestTimeout = 0
      return server
    },
  })

  app.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const { routeOptions, method } = request
    metrics.observeHttp(routeOptions.url ?? 'unmatched', method, reply.statusCode, reply.elapsedTime / 1000)
    const line = { req: request, res: reply, milliseconds: Math.round(reply.elapsedTime) }
    if (reply.statusCode >= 500) request.log.warn(line, 'request failed')
    else if (method === 'GET' || method === 'HEAD') request.log.debug(line, 'request')
    else request.log.info(line, 'request')
    done()
  })
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, new DomainError('not-found', `There is nothing at ${request.url.split('?')[0]}.`)),
  )
  return app
}
