import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { DomainError } from '../../domain/errors.ts'
import { principalOf, waitForPosition } from '../http/caller.ts'
import type { Gateway } from '../http/gateway.ts'
import { openRepository } from '../http/open-repository.ts'
import { originOf } from '../http/public-url.ts'
import { audit, keys, ping, readUser, root, whoami } from './answers.ts'
import { readAttestations } from './attestations.ts'
import { deletePackage, deleteTarball, putPackumentRev } from './change-packument.ts'
import { deleteDistTag, putDistTag } from './dist-tags.ts'
import { sendNpmError } from './errors.ts'
import { beginWebLogin, finishWebLogin, logOut, signIn } from './login.ts'
import type { InRepositoryExchange, NpmExchange, Operation, OperationTable } from './npm-request.ts'
import { addOwner, readOwners, removeOwner } from './owners.ts'
import { readCollaborators, readScopePackages, readUserPackages, readVisibility, setAccess } from './package-access.ts'
import type { Packuments } from './packuments.ts'
import { changeProfile, readProfile } from './profile.ts'
import { putPackument } from './publish.ts'
import { readDistTags, readManifest, readPackument } from './read-package.ts'
import * as refused from './refusals.ts'
import { routeOf, type NpmRoute } from './route-path.ts'
import { search } from './search.ts'
import { addStar, readOwnStars, readStarred, readUserStars, removeStar } from './stars.ts'
import { readTarball } from './tarball.ts'
import type { Tarballs } from './tarballs.ts'
import * as teams from './teams.ts'
import { endToken, makeToken, readTokens } from './tokens.ts'

/** What is asked of the registry itself: whether the repository may be read does not matter, or somebody is signing in. */
const REGISTRY: OperationTable<NpmExchange> = {
  ping: { GET: ping },
  whoami: { GET: whoami },
  profile: { GET: readProfile, POST: changeProfile },
  token: { DELETE: endToken },
  user: { GET: readUser, PUT: signIn },
  'user-token': { DELETE: logOut },
  'web-login': { POST: beginWebLogin },
  'web-login-done': { GET: finishWebLogin },
}

const REPOSITORY: OperationTable<InRepositoryExchange> = {
  root: { GET: root },
  packument: { GET: readPackument, PUT: putPackument },
  'packument-rev': { PUT: putPackumentRev, DELETE: deletePackage },
  manifest: { GET: readManifest },
  tarball: { GET: readTarball },
  'tarball-rev': { DELETE: deleteTarball },
  'dist-tags': { GET: readDistTags },
  'dist-tag': { PUT: putDistTag, POST: putDistTag, DELETE: deleteDistTag },
  search: { GET: search },
  audit: { POST: audit },
  keys: { GET: keys },
  attestations: { GET: readAttestations },
  tokens: { GET: readTokens, POST: makeToken },
  starred: { GET: readStarred },
  star: { GET: readOwnStars, PUT: addStar, DELETE: removeStar },
  'user-stars': { GET: readUserStars },
  owners: { GET: readOwners, PUT: addOwner },
  owner: { DELETE: removeOwner },
  collaborators: { GET: readCollaborators },
  visibility: { GET: readVisibility },
  access: { POST: setAccess },
  'org-packages': { GET: readScopePackages },
  'user-packages': { GET: readUserPackages },
  'org-teams': { GET: teams.readTeams, PUT: teams.makeTeam },
  team: { DELETE: teams.removeTeam },
  'team-users': { GET: teams.readTeamUsers, PUT: teams.addTeamUser, DELETE: teams.removeTeamUser },
  'team-packages': { GET: teams.readTeamPackages, PUT: teams.grantToTeam, DELETE: teams.revokeFromTeam },
  all: { GET: refused.allPackages },
  'org-users': { GET: refused.organisations, PUT: refused.organisations, DELETE: refused.organisations },
  hooks: { GET: refused.noHooks },
  hook: { GET: refused.hooks, POST: refused.hooks, PUT: refused.hooks, DELETE: refused.hooks },
  stage: { GET: refused.nothingStaged },
  'stage-package': { POST: refused.staging },
  staged: { GET: refused.notStaged, DELETE: refused.notStaged },
  'staged-approve': { POST: refused.notStaged },
  'staged-tarball': { GET: refused.notStaged },
  trust: { GET: refused.noTrust, POST: refused.trust },
  'trust-entry': { DELETE: refused.notTrusted },
  'oidc-exchange': { POST: refused.identityTokens },
}

interface Target {
  readonly project: string
  readonly segment: string
  /** Below the registry's root, still encoded. */
  readonly path: string
}

/** `/npm/{project}/{repo}` and what follows, from the raw URL: a `%2f` in a package name must not become a slash. */
const targetOf = (url: string): Target => {
  const [path = ''] = url.split('?', 1)
  const [, , project = '', segment = '', ...rest] = path.split('/')
  return { project: decodeURIComponent(project), segment: decodeURIComponent(segment), path: rest.join('/') }
}

const operationOf = <Exchange>(
  table: OperationTable<Exchange>,
  route: NpmRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Operation<never, Exchange> | undefined => {
  const operations = table[route.kind] as Readonly<Record<string, Operation<never, Exchange>>> | undefined
  if (operations === undefined) return undefined
  const operation = operations[request.method === 'HEAD' ? 'GET' : request.method]
  if (operation !== undefined) return operation
  void reply.header('allow', Object.keys(operations).join(', '))
  throw new DomainError('method-not-allowed', `${request.method} is not possible here.`)
}

/** The npm registry protocol on hosted repositories: `/npm/{project}/{repo}/`. */
export const npm =
  (gateway: Gateway, packuments: Packuments, tarballs: Tarballs): FastifyPluginAsync =>
  async (app) => {
    app.removeAllContentTypeParsers()
    // bodies stay streams: a publish is parsed as it arrives, and every other operation reads its small body itself
    app.addContentTypeParser('*', (_, payload, done) => done(null, payload))
    app.setErrorHandler((error, request, reply) => sendNpmError(request, reply, error))

    const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const principal = await principalOf(gateway, request)
      const { project, segment, path } = targetOf(request.raw.url ?? '')
      const route = routeOf(path)
      // a publish reads nothing that lags behind the log
      if (route?.kind !== 'packument' || request.method !== 'PUT') await gateway.caughtUp()
      const base = `${originOf(gateway.publicUrl, request)}/npm/${project}/${segment}`
      const exchange: NpmExchange = { gateway, packuments, tarballs, request, reply, principal, base }
      const ofRegistry = route && operationOf(REGISTRY, route, request, reply)
      if (ofRegistry !== undefined) return ofRegistry(exchange, route as never)
      const repository = await openRepository(gateway, principal, 'npm', project, segment)
      await waitForPosition(gateway, request, reply)
      const operation = route && operationOf(REPOSITORY, route, request, reply)
      if (operation === undefined) throw new DomainError('not-found', 'There is no such address in an npm registry.')
      return operation({ ...exchange, repository }, route as never)
    }

    app.all('/npm/:project/:segment', handle)
    app.all('/npm/:project/:segment/*', handle)
  }
