import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import { allows, type Principal } from '../../domain/access/authorise.ts'
import type { RepositoryRow } from '../../projections/repositories/queries.ts'
import type { Gateway } from '../http/gateway.ts'
import { peekOrigin } from '../http/public-url.ts'
import { sendHotBlob } from '../http/send-blob.ts'
import type { HotPath } from '../http/server.ts'
import type { Packuments } from './packuments.ts'
import { routeOf } from './route-path.ts'
import { acceptsGzip, CACHE_CONTROL, contentTypeOf, formOf, isUnchanged } from './send-document.ts'
import { tarballFile } from './tarball-file.ts'
import type { Tarballs } from './tarballs.ts'

interface HotTarget {
  readonly project: string
  readonly repository: string
  readonly name: string
  /** Of a tarball; undefined: the packument. */
  readonly version: string | undefined
}

/** What a URL asks for, when it is one of the two kinds that are worth it. */
const parse = (url: string): HotTarget | undefined => {
  const [, protocol, project = '', repository = '', ...rest] = url.split('/')
  if (protocol !== 'npm' || url.includes('?') || !/^[a-z0-9._-]+$/.test(project + repository)) return undefined
  const route = routeOf(rest.join('/'))
  if (route?.kind === 'packument') return { project, repository, name: route.name, version: undefined }
  if (route?.kind === 'tarball') return { project, repository, name: route.name, version: route.version }
  return undefined
}

const NOT_HOT = 'not hot'

/** URLs are long-lived and few; reading one anew costs more than the rest of the answer. */
const rememberedTargets = (): ((url: string) => HotTarget | undefined) => {
  const known = new LRUCache<string, HotTarget | typeof NOT_HOT>({ max: 20_000 })
  return (url) => {
    let target = known.get(url)
    if (target === undefined) {
      target = parse(url) ?? NOT_HOT
      known.set(url, target)
    }
    return target === NOT_HOT ? undefined : target
  }
}

const mayRead = (
  principal: Principal | undefined,
  { project, repository, public: open }: RepositoryRow,
  name: string,
) => open || (principal !== undefined && allows(principal, 'read', { project, repository, name }))

/**
 * Packuments and tarballs that are in memory, for callers whose rights are known: everything else, refusals included, is left
 * to the routes.
 */
export const npmHotPath = (gateway: Gateway, packuments: Packuments, tarballs: Tarballs): HotPath => {
  const targetOf = rememberedTargets()
  const { metrics, accessLog, authenticator, repositories, blobs } = gateway

  const sendPackument = (
    request: IncomingMessage,
    response: ServerResponse,
    { project, repository, name }: HotTarget,
    repositoryId: string,
  ): boolean => {
    const origin = peekOrigin(gateway.publicUrl, request)
    if (origin === undefined) return false
    const { headers } = request
    const form = formOf(headers.accept)
    const rendered = packuments.peek(repositoryId, name, form, `${origin}/npm/${project}/${repository}`)
    if (rendered === undefined) return false
    const zipped = acceptsGzip(headers['accept-encoding'])
    const coded = zipped ? rendered.gzipped : rendered
    if (coded === undefined) return false
    const same = isUnchanged(headers['if-none-match'], coded.etag)
    response.writeHead(same ? 304 : 200, {
      'content-type': contentTypeOf(form),
      ...(same ? {} : { 'content-length': coded.body.length }),
      ...(zipped && !same && coded.body !== rendered.body ? { 'content-encoding': 'gzip' } : {}),
      etag: coded.etag,
      vary: 'accept, accept-encoding',
      'cache-control': CACHE_CONTROL,
    })
    response.end(same ? undefined : coded.body)
    return true
  }

  const sendTarball = (
    request: IncomingMessage,
    response: ServerResponse,
    target: HotTarget & { readonly version: string },
    { repositoryId }: RepositoryRow,
    principal: Principal | undefined,
  ): boolean => {
    const { project, repository, name, version } = target
    const tarball = tarballs.peek(repositoryId, name, version)
    if (tarball === undefined) return false
    const sent = sendHotBlob(request, response, {
      store: blobs,
      sha256: tarball.sha256,
      size: tarball.size,
      contentType: 'application/octet-stream',
      fileName: tarballFile(name, version),
      disposition: 'attachment',
      lastModified: tarball.modified,
    })
    if (sent)
      accessLog.record({
        kind: 'download',
        accountId: principal?.accountId,
        address: authenticator.addressOf(request),
        userAgent: request.headers['user-agent'] ?? '',
        correlationId: '',
        repositoryId,
        project,
        repository,
        name,
        version,
      })
    return sent
  }

  return (request, response) => {
    const { url } = request
    if (request.method !== 'GET' || url === undefined || !url.startsWith('/npm/')) return false
    if (request.headers['waybill-after'] !== undefined) return false
    const target = targetOf(url)
    if (target === undefined) return false
    const principal = authenticator.peek(request)
    if (principal === 'ask') return false
    const row = repositories.peek(target.project, target.repository)
    if (row?.format !== 'npm' || !mayRead(principal, row, target.name)) return false
    const began = performance.now()
    const { version } = target
    const sent =
      version === undefined
        ? sendPackument(request, response, target, row.repositoryId)
        : sendTarball(request, response, { ...target, version }, row, principal)
    if (sent)
      metrics.observeHttp('/npm/:project/:segment/*', 'GET', response.statusCode, (performance.now() - began) / 1000)
    return sent
  }
}
