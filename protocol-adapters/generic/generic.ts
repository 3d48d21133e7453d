import { METHODS } from 'node:http'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../../domain/errors.ts'
import { END } from '../../platform/event-store/event-store.ts'
import { principalOf, waitForPosition } from '../http/caller.ts'
import type { Gateway } from '../http/gateway.ts'
import { openRepository, requirePresent, type OpenedRepository } from '../http/open-repository.ts'
import { originOf } from '../http/public-url.ts'
import { addressOf, encodePath, placeOf } from './address.ts'
import { removeFile, removeFolder } from './delete-file.ts'
import { sendGenericError } from './errors.ts'
import { holdContinue } from './expect-continue.ts'
import type { Operation, Operations } from './generic-request.ts'
import { KnownFiles } from './known-files.ts'
import { putProperties, readProperties, removeProperties } from './properties.ts'
import { putFile } from './put-file.ts'
import { readFile, redirectToFolder } from './read-file.ts'
import { readFolder } from './read-folder.ts'

const refusePut: Operation = () =>
  Promise.reject(
    new DomainError(
      'invalid-input',
      'The address ends with a slash, so it names a folder: folders come with their files.',
    ),
  )

const FILE: Operations = { GET: readFile, PUT: putFile, DELETE: removeFile }
const PROPERTIES: Operations = { GET: readProperties, PUT: putProperties, DELETE: removeProperties }
const FOLDER: Operations = { GET: readFolder, PUT: refusePut, DELETE: removeFolder }
/** The repository without the slash behind it. */
const BARE: Operations = { ...FOLDER, GET: async (exchange, path) => redirectToFolder(exchange, path) }

const operationsOf = (rest: string | undefined, query: URLSearchParams): { operations: Operations; path: string } => {
  if (rest === undefined) return { operations: BARE, path: '' }
  const { kind, path } = placeOf(rest)
  if (kind === 'folder') return { operations: FOLDER, path }
  return { operations: query.has('properties') ? PROPERTIES : FILE, path }
}

const READING = ['GET', 'HEAD']

/** @throws {DomainError} `method-not-allowed`, also for every change of the past */
const operationOf = (
  operations: Operations,
  { method }: FastifyRequest,
  reply: FastifyReply,
  repository: OpenedRepository,
): Operation => {
  const isPast = repository.asOf !== END
  const operation = operations[(method === 'HEAD' ? 'GET' : method) as keyof Operations]
  if (operation !== undefined && (!isPast || READING.includes(method))) return operation
  void reply.header('allow', (isPast ? READING : [...READING, 'PUT', 'DELETE']).join(', '))
  if (isPast) requirePresent(repository)
  throw new DomainError('method-not-allowed', `${method} is not possible here.`)
}

/** Files by path on hosted repositories: `/generic/{project}/{repo}/{path}`. See docs/guides/generic.md. */
export const generic =
  (gateway: Gateway): FastifyPluginAsync =>
  async (app) => {
    app.removeAllContentTypeParsers()
    // bodies stay streams, straight into the blob store
    app.addContentTypeParser('*', (_, payload, done) => done(null, payload))
    app.setErrorHandler((error, request, reply) => sendGenericError(request, reply, error))
    const files = new KnownFiles(gateway)
    const takeBody = holdContinue(app.server, (url) => url.startsWith('/generic/'))

    const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const principal = await principalOf(gateway, request)
      const { project, segment, rest, query } = addressOf(request.raw.url ?? '')
      const repository = await openRepository(gateway, principal, 'generic', project, segment)
      await waitForPosition(gateway, request, reply)
      const { operations, path } = operationsOf(rest, query)
      const operation = operationOf(operations, request, reply, repository)
      const base = `${originOf(gateway.publicUrl, request)}/generic/${encodePath(`${project}/${segment}`)}`
      const exchange = { gateway, files, request, reply, principal, repository, query, base }
      return operation({ ...exchange, takeBody: () => takeBody(request.raw, reply.raw) }, path)
    }

    // those of WebDAV and all others get their 405 from here, too
    const known = new Set(app.supportedMethods)
    for (const method of METHODS) if (!known.has(method) && method !== 'CONNECT') app.addHttpMethod(method)
    app.all('/generic/:project/:segment', handle)
    app.all('/generic/:project/:segment/*', handle)
  }
