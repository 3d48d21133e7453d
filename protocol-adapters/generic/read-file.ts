import type { FastifyReply } from 'fastify'
import { DomainError } from '../../domain/errors.ts'
import type { FileRow } from '../../projections/files/queries.ts'
import type { Disposition } from '../http/content-disposition.ts'
import { requireAction } from '../http/open-repository.ts'
import { recordDownload } from '../http/record-access.ts'
import { sendBlob } from '../http/send-blob.ts'
import { encodePath } from './address.ts'
import { digestHeaders } from './file-headers.ts'
import type { GenericExchange, Operation } from './generic-request.ts'
import { etagOf } from './preconditions.ts'
import { isReadableFolder, mayRead } from './readable.ts'

/**
 * Bytes of strangers on our own origin: a browser shows only what cannot hold a script (sandboxed at that, see blob-answer.ts), and
 * saves the rest: HTML, SVG, XML, PDF and all that nobody thought of.
 */
const SHOWN =
  /^(text\/(plain|csv|markdown)|application\/json|image\/(png|jpeg|gif|webp|avif)|(audio|video)\/[\w.-]+)\s*(;|$)/i

const dispositionOf = (contentType: string): Disposition => (SHOWN.test(contentType) ? 'inline' : 'attachment')

/** Whoever caches it asks before each use: files change, and so do permissions. */
export const cachingOf = ({ repository }: GenericExchange): string =>
  repository.public ? 'no-cache' : 'private, no-cache'

/** @throws {DomainError} `unauthenticated` | `not-found` */
const refuse = ({ gateway, repository }: GenericExchange, path: string): never => {
  requireAction(gateway, repository, 'read', path)
  throw new DomainError('not-found', `There is no file ${path} in ${repository.project}/${repository.segment}.`)
}

const findReadable = async ({ files, repository }: GenericExchange, path: string): Promise<FileRow | undefined> =>
  mayRead(repository, path) ? files.find(repository, path) : undefined

/**
 * The file, for somebody who may read it.
 * @throws {DomainError} `unauthenticated` | `not-found`
 */
export const requireFile = async (exchange: GenericExchange, path: string): Promise<FileRow> =>
  (await findReadable(exchange, path)) ?? refuse(exchange, path)

/** To the folder's own address, with its slash, from where the links in its listing lead. */
export const redirectToFolder = ({ reply, base, request }: GenericExchange, path: string): FastifyReply => {
  const { url = '' } = request.raw
  const mark = url.indexOf('?')
  const query = mark < 0 ? '' : url.slice(mark)
  const folder = path === '' ? '' : `${encodePath(path)}/`
  return reply
    .code(301)
    .headers({ location: `${base}/${folder}${query}`, 'cache-control': 'no-store' })
    .send()
}

const sendFile = async (exchange: GenericExchange, file: FileRow): Promise<FastifyReply> => {
  const { gateway, request, reply, principal, repository } = exchange
  const sent = await sendBlob(reply, {
    store: gateway.blobs,
    sha256: file.sha256,
    size: file.size,
    contentType: file.contentType,
    fileName: file.path.slice(file.path.lastIndexOf('/') + 1),
    disposition: dispositionOf(file.contentType),
    etag: etagOf(file),
    lastModified: new Date(file.storedAt),
    extraHeaders: { ...digestHeaders(file), 'cache-control': cachingOf(exchange) },
    mayRedirect: true,
  })
  const { statusCode } = reply.raw
  if (request.method === 'GET' && [200, 206, 307].includes(statusCode))
    recordDownload(gateway, request, principal, repository, file.path)
  return sent
}

/** The bytes of a file; a folder without its slash is led to its listing. */
export const readFile: Operation = async (exchange, path) => {
  const file = await findReadable(exchange, path)
  if (file !== undefined) return sendFile(exchange, file)
  if (await isReadableFolder(exchange, path)) return redirectToFolder(exchange, path)
  return refuse(exchange, path)
}
