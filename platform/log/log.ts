import { pino, type DestinationStream, type Logger } from 'pino'
import type { LogLevel } from '../config/config-values.ts'
import { newId } from '../ids.ts'
import { readableLines } from './log-lines.ts'
import { hideSecrets } from './log-secrets.ts'

export type Log = Logger

interface LoggedRequest {
  readonly method?: string
  readonly url?: string
  readonly id?: unknown
  readonly ip?: string
}

/** The path of a URL without what may hold a credential: its query, and the token that npm puts into the path to end it. */
export const loggedPath = (url: string): string =>
  url.replace(/[?#].*$/s, '').replace(/(\/-\/(?:user|npm\/v1\/tokens)\/token\/).+$/, '$1[hidden]')

const describeRequest = (request: LoggedRequest): object => ({
  id: request.id,
  method: request.method,
  path: loggedPath(request.url ?? ''),
  from: request.ip,
})

const describeReply = (reply: { readonly statusCode?: number }): object => ({ status: reply.statusCode })

const toStderr = (): DestinationStream =>
  process.stderr.isTTY ? readableLines(process.stderr) : pino.destination({ fd: 2, sync: true })

/**
 * The process's log, written to standard error: one JSON object a line, or lines made for people when that is a terminal.
 * Credentials in known fields are hidden; a request is logged without its headers and query.
 */
export const createLog = (options: { level: LogLevel; destination?: DestinationStream }): Log =>
  pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: hideSecrets },
      serializers: { req: describeRequest, res: describeReply, err: pino.stdSerializers.err },
    },
    options.destination ?? toStderr(),
  )

/** The request's own `X-Request-Id` when it is short and plain, so that a trace can start before us; otherwise a new id. */
export const requestId = (header: string | readonly string[] | undefined): string =>
  typeof header === 'string' && /^[\w.:-]{1,64}$/.test(header) ? header : newId()
