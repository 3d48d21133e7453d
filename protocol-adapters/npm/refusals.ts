import type { FastifyReply } from 'fastify'
import { DomainError, type ErrorCode } from '../../domain/errors.ts'
import { requirePrincipal, sendJson, type InRepositoryExchange } from './npm-request.ts'

type Answer = (exchange: InRepositoryExchange) => Promise<FastifyReply>

const refusing =
  (code: ErrorCode, sentence: string): Answer =>
  async (exchange) => {
    requirePrincipal(exchange)
    throw new DomainError(code, sentence)
  }

/** Lists of what there is none of are empty rather than refused: clients ask for them by the way. */
const answering =
  (value: unknown): Answer =>
  async (exchange) => {
    requirePrincipal(exchange)
    return sendJson(exchange.reply, value)
  }

/** `GET /-/all`, by which clients before npm 5 searched. */
export const allPackages = refusing('unsupported', 'The list of all packages is not given out; use npm search.')

/** `npm org`. */
export const organisations = refusing(
  'unsupported',
  'Organisations are projects here; who is in one is decided by roles (GrantRole).',
)

/** `npm hook ls`, of npm up to 10. */
export const noHooks = answering({ objects: [], urls: {} })
/** `npm hook add`, `update` and `rm`. */
export const hooks = refusing(
  'unsupported',
  'There are no hooks of npm here; the subscription events of /graphql tells of every change.',
)

/** `npm stage list`. */
export const nothingStaged = answering({ items: [], page: 0, perPage: 100, total: 0 })
/** `npm stage publish`. */
export const staging = refusing('unsupported', 'Nothing can be staged here yet; publish it without staging.')
/** `npm stage view`, `approve`, `reject` and `download`. */
export const notStaged = refusing('not-found', 'Nothing is staged here under this id.')

/** `npm trust list`. */
export const noTrust = answering([])
/** `npm trust github` and the like. */
export const trust = refusing(
  'unsupported',
  'No build service can be trusted here by its own identity yet; give it a token of a service account.',
)
/** `npm trust revoke`. */
export const notTrusted = refusing('not-found', 'No build service is trusted here under this id.')
/** What `npm publish` tries first on a build service that has an identity; it then goes on with its token. */
export const identityTokens = refusing('unsupported', 'Tokens of build services are not exchanged here yet.')
