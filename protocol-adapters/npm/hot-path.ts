import type { IncomingMessage, ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'
import { allows, type Principal } from '../../domain/access/authorise.ts'
import type { Download } from '../../platform/access-log/download-window.ts'
import type { RepositoryRow } from '../../projections/repositories/queries.ts'
import { downloaderOf } from '../http/downloader.ts'
import { endTogether } from '../http/end-together.ts'
import type { Gateway } from '../http/gateway.ts'
import { peekOrigin } from '../http/public-url.ts'
import { sendHotBlob } from '../http/send-blob.ts'
import type { HotPath } from '../http/server.ts'
import type { Packuments } from './packuments.ts'
import { routeOf } from './route-path.ts'
import { acceptsGzip, CACHE_CONTROL, contentTypeOf, formOf, isUnchanged } from './send-document.ts'
import { tarballKey, type Tarballs } from './tarballs.ts'

interface HotPackage {
  readonly project: string
  readonly repository: string
  readonly name: string
  /** `project/repository`. */
  readonly path: string
  /** Undefined: the packument is asked for. */
  readonly version: string | undefined
}

/** A tarball's address in the repository that it was last seen in: a deleted one may come back as another. */
interface HotTarball {
  readonly key: string
  readonly download: Download
}

/** What a URL asks for, when it is one of the two kinds that are worth it. */
const parse = (url: string): HotPackage | undefined => {
  const [, protocol, project = '', repository = '', ...rest] = url.split('/')
  if (protocol !== 'npm' || url.includes('?') || !/^[a-z0-9._-]+$/.test(project + repository)) return undefined
  const route = routeOf(rest.join('/'))
  const path = `${project}/${repository}`
  if (route?.kind === 'packument') return { project, repository, path, name: route.name, version: undefined }
  if (route?.kind === 'tarball') return { project, repository, path, name: route.name, version: route.version }
  return undefined
}

const NOT_HOT = 'not hot'

/** URLs are long-lived and few; reading one anew costs more than the rest of the answer. */
const rememberedTargets = (): ((url: string) => HotPackage | undefined) => {
  const known = new LRUCache<string, HotPackage | typeof NOT_HOT>({ max: 20_000 })
  return (url) => {
    let target = known.get(url)
    if (target === undefined) {
      target = parse(url) ?? NOT_HOT
      known.set(url, target)
    }
    return target === NOT_HOT ? undefined : target
  }
}

/** Keys and access log entries of tarballs, made once for each address. */
const rememberedTarballs = (): ((target: HotPackage, version: string, repositoryId: string) => HotTarball) => {
  const known = new WeakMap<HotPackage, HotTarball>()
  return (target, version, repositoryId) => {
    let tarball = known.get(target)
    if (tarball?.download.repositoryId !== repositoryId) {
      const { project, repository, name } = target
      const download = { project, repository, repositoryId, name, version }
      tarball = { key: tarballKey(repositoryId, name, version), download }
      known.set(target, tarball)
    }
    return tarball
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
  const tarballOf = rememberedTarballs()
  const { metrics, accessLog, authenticator, repositories, blobs } = gateway
  const observe = metrics.httpObserver('/npm/:project/:segment/*', 'GET')

  const sendPackument = (
    request: IncomingMessage,
    response: ServerResponse,
    { project, repository, name }: HotPackage,
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
    endTogether(response, same ? undefined : coded.body)
    return true
  }

  const sendTarball = (
    request: IncomingMessage,
    response: ServerResponse,
    { key, download }: HotTarball,
    principal: Principal | undefined,
  ): boolean => {
    const tarball = tarballs.peek(key)
    if (tarball === undefined || !sendHotBlob(request, response, tarball, blobs)) return false
    accessLog.recordDownload(downloaderOf(authenticator, request, principal), download)
    return true
  }

  return (request, response) => {
    const { url, headers } = request
    if (request.method !== 'GET' || url === undefined || !url.startsWith('/npm/')) return false
    if (headers['waybill-after'] !== undefined) return false
    const target = targetOf(url)
    if (target === undefined) return false
    const principal = authenticator.peek(request)
    if (principal === 'ask') return false
    const row = repositories.peek(target.path)
    if (row?.format !== 'npm' || !mayRead(principal, row, target.name)) return false
    const began = performance.now()
    const { version } = target
    const sent =
      version === undefined
        ? sendPackument(request, response, target, row.repositoryId)
        : sendTarball(request, response, tarballOf(target, version, row.repositoryId), principal)
    if (sent) observe(response.statusCode, (performance.now() - began) / 1000)
    return sent
  }
}
