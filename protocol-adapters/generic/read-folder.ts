import type { FastifyReply } from 'fastify'
import { DomainError } from '../../domain/errors.ts'
import { listFiles, listFolder } from '../../projections/files/queries.ts'
import { folderHtml, PAGE_POLICY } from './folder-html.ts'
import { listedEntry, listedFile, type FolderPage } from './folder-page.ts'
import type { GenericExchange, Operation } from './generic-request.ts'
import { pageQuery, type PageQuery } from './page-query.ts'
import { cachingOf } from './read-file.ts'
import { mayRead, readableNames } from './readable.ts'

/** One more row than the page has tells whether there is a next one. */
const cut = <Row>(
  rows: readonly Row[],
  limit: number,
): { readonly page: readonly Row[]; readonly last: Row | undefined } => {
  const page = rows.slice(0, limit)
  return { page, last: rows.length > limit ? page.at(-1) : undefined }
}

const folderPage = async (
  { gateway, repository }: GenericExchange,
  path: string,
  { after, limit }: PageQuery,
): Promise<FolderPage> => {
  const { repositoryId, asOf } = repository
  const names = readableNames(repository)
  const rows = await listFolder(gateway.sql, { repositoryId, folder: path, names, after, limit: limit + 1, asOf })
  const { page, last } = cut(rows, limit)
  const seen = page.filter((entry) => mayRead(repository, entry.kind === 'file' ? entry.file.path : entry.witness))
  const next = last && (last.kind === 'folder' ? `${last.name}/` : last.name)
  return { path, entries: seen.map(listedEntry), next: next ?? null }
}

/** All files below the folder, however deep. */
const recursivePage = async (
  { gateway, repository }: GenericExchange,
  path: string,
  { after, limit }: PageQuery,
): Promise<FolderPage> => {
  const { repositoryId, asOf } = repository
  const names = readableNames(repository)
  const from = after === undefined ? undefined : path + after
  const rows = await listFiles(gateway.sql, { repositoryId, prefix: path, names, after: from, limit: limit + 1, asOf })
  const { page, last } = cut(rows, limit)
  const seen = page.filter((file) => mayRead(repository, file.path))
  const entries = seen.map((file) => listedFile(file.path.slice(path.length), file))
  return { path, entries, next: last?.path.slice(path.length) ?? null }
}

const sendPage = (exchange: GenericExchange, page: FolderPage, { format, limit }: PageQuery): FastifyReply => {
  const { reply, repository } = exchange
  void reply.headers({ 'cache-control': cachingOf(exchange), vary: 'accept', 'x-content-type-options': 'nosniff' })
  if (format === 'json') return reply.type('application/json').send(JSON.stringify(page))
  return reply
    .type('text/html; charset=utf-8')
    .header('content-security-policy', PAGE_POLICY)
    .send(folderHtml(`${repository.project}/${repository.segment}`, page, limit))
}

/** What is in a folder, without what the caller may not read. The root is there even when it is empty. */
export const readFolder: Operation = async (exchange, path) => {
  const { repository, query, request } = exchange
  const asked = pageQuery(query, request.headers.accept)
  const page = await (asked.recursive ? recursivePage : folderPage)(exchange, path, asked)
  if (page.entries.length === 0 && asked.after === undefined && path !== '')
    throw new DomainError('not-found', `There is no folder ${path} in ${repository.project}/${repository.segment}.`)
  return sendPage(exchange, page, asked)
}
