import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Gauge } from 'prom-client'
import { DomainError } from '../../domain/errors.ts'
import type { Position } from '../../platform/event-store/event-store.ts'
import { requireListening } from '../http/live-events/follow-events.ts'
import type { Gateway } from '../http/gateway.ts'
import { sendProblem } from '../http/problem.ts'
import { startBroadcast } from './broadcast.ts'
import { readEventQuery } from './event-query.ts'
import { openingFrame } from './frames.ts'
import { liveCallers } from './live-caller.ts'
import { Listener, type ListenerLimits } from './listener.ts'

const LIMITS: ListenerLimits = { drainMs: 30_000, heartbeatMs: 15_000 }

/** Clients that lose their server come back spread over this time, in milliseconds. */
const FIRST_RETRY_MS = 1000
const LAST_RETRY_MS = 4000
/** Any odd step: neighbours among the connections get times that lie apart. */
const RETRY_STEP_MS = 617

/** Nothing on the way may hold events back in order to pack them (RFC 9111 section 5.2.2.6; nginx X-Accel-Buffering). */
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  'x-content-type-options': 'nosniff',
  // a stream is not followed by another answer, and a server that closes need not wait for the client to go
  connection: 'close',
}

/** The position to go on from, once it is known to be one of this log. */
const checkedStart = async ({ tail }: Gateway, after: Position | undefined): Promise<Position> => {
  if (after === undefined) return tail.position
  // another process may have given it out a moment ago
  if (after > tail.position) await tail.confirm()
  if (after <= tail.position) return after
  throw new DomainError('invalid-input', `The log does not reach ${after}: it is no id of an event of this Waybill.`)
}

/** `GET /api/events`: what happens, as server-sent events (HTML standard, section 9.2), each a CloudEvent in JSON. */
export const live =
  (gateway: Gateway, limits = LIMITS): FastifyPluginAsync =>
  async (app) => {
    const callerOf = liveCallers(gateway)
    const broadcast = startBroadcast(gateway)
    let opened = 0
    new Gauge({
      name: 'waybill_live_listeners',
      help: 'Clients that follow events by server-sent events.',
      registers: [gateway.metrics.registry],
      collect() {
        this.set(broadcast.listeners)
      },
    })
    app.addHook('preClose', (done) => {
      broadcast.stop().then(() => done(), done)
    })
    app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error))

    const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const { raw } = request
      const { filter, after } = readEventQuery(request.url, request.headers)
      const caller = callerOf(raw)
      const known = caller.peek()
      await requireListening(gateway, known === 'ask' ? await caller.ask() : known, filter)
      const start = await checkedStart(gateway, after)
      if (request.method === 'HEAD') return reply.headers(HEADERS).send()
      reply.hijack()
      const response = reply.raw
      response.writeHead(200, { ...HEADERS, 'x-request-id': request.id })
      const listener = new Listener({ filter, caller, response, after: start, limits })
      opened += 1
      const spread = (opened * RETRY_STEP_MS) % (LAST_RETRY_MS - FIRST_RETRY_MS)
      listener.write(openingFrame(start, FIRST_RETRY_MS + spread))
      broadcast.attend(listener)
      return reply
    }

    app.route({ method: ['GET', 'HEAD'], url: '/api/events', handler: answer })
  }
