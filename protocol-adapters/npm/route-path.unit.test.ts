import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPackageName } from './package-name.ts'
import { routeOf } from './route-path.ts'
import { tarballPath, versionOfTarball } from './tarball-file.ts'

const S = '@s/n'

describe('a path below the registry root', () => {
  it.each<[string, object]>([
    ['', { kind: 'root' }],
    ['/', { kind: 'root' }],
    ['/n', { kind: 'packument', name: 'n' }],
    ['/n/', { kind: 'packument', name: 'n' }],
    ['/@s%2fn', { kind: 'packument', name: S }],
    ['/n/-rev/3-abc', { kind: 'packument-rev', name: 'n', rev: '3-abc' }],
    ['/@s%2fn/-rev/3-abc', { kind: 'packument-rev', name: S, rev: '3-abc' }],
    ['/n/1.0.0', { kind: 'manifest', name: 'n', selector: '1.0.0' }],
    ['/n/latest', { kind: 'manifest', name: 'n', selector: 'latest' }],
    ['/@s/n/%5E1.0.0', { kind: 'manifest', name: S, selector: '^1.0.0' }],
    ['/n/-/n-1.0.0.tgz', { kind: 'tarball', name: 'n', version: '1.0.0' }],
    ['/n/-/n-1.0.0-rc.1.tgz', { kind: 'tarball', name: 'n', version: '1.0.0-rc.1' }],
    ['/n-1/-/n-1-2.0.0.tgz', { kind: 'tarball', name: 'n-1', version: '2.0.0' }],
    ['/@s/n/-/n-1.0.0.tgz', { kind: 'tarball', name: S, version: '1.0.0' }],
    ['/@s%2fn/-/n-1.0.0.tgz', { kind: 'tarball', name: S, version: '1.0.0' }],
    ['/@s/n/-/@s/n-1.0.0.tgz', { kind: 'tarball', name: S, version: '1.0.0' }],
    ['/@s%2fn/-/@s%2fn-1.0.0.tgz', { kind: 'tarball', name: S, version: '1.0.0' }],
    ['/n/-/n-1.0.0.tgz/-rev/3-abc', { kind: 'tarball-rev', name: 'n', version: '1.0.0', rev: '3-abc' }],
    ['/@s/n/-/@s/n-1.0.0.tgz/-rev/3', { kind: 'tarball-rev', name: S, version: '1.0.0', rev: '3' }],
    ['/@s/n/-/n-1.0.0.tgz/-rev/3', { kind: 'tarball-rev', name: S, version: '1.0.0', rev: '3' }],
    ['/-/ping', { kind: 'ping' }],
    ['/-/whoami', { kind: 'whoami' }],
    ['/-/all', { kind: 'all' }],
    ['/-/v1/search', { kind: 'search' }],
    ['/-/v1/login', { kind: 'web-login' }],
    ['/-/v1/login/abc', { kind: 'web-login-page', session: 'abc' }],
    ['/-/v1/done', { kind: 'web-login-done' }],
    ['/-/v1/done/abc', { kind: 'web-login-done', session: 'abc' }],
    ['/-/user/org.couchdb.user:jo', { kind: 'user', user: 'jo' }],
    ['/-/user/org.couchdb.user%3Ajo%40x.org', { kind: 'user', user: 'jo@x.org' }],
    ['/-/user/org.couchdb.user:jo/-rev/1-x', { kind: 'user-rev', user: 'jo', rev: '1-x' }],
    ['/-/user/token/abc', { kind: 'user-token', token: 'abc' }],
    ['/-/user/jo/package', { kind: 'user-packages', user: 'jo' }],
    ['/-/user/v1/star', { kind: 'star' }],
    ['/-/user/jo/stars', { kind: 'user-stars', user: 'jo' }],
    ['/-/_view/starredByUser', { kind: 'starred' }],
    ['/-/npm/v1/user', { kind: 'profile' }],
    ['/-/npm/v1/tokens', { kind: 'tokens' }],
    ['/-/npm/v1/tokens/token/abc', { kind: 'token', key: 'abc' }],
    ['/-/npm/v1/keys', { kind: 'keys' }],
    ['/-/npm/v1/hooks', { kind: 'hooks' }],
    ['/-/npm/v1/hooks/hook', { kind: 'hook' }],
    ['/-/npm/v1/hooks/hook/abc', { kind: 'hook', id: 'abc' }],
    ['/-/npm/v1/security/advisories/bulk', { kind: 'audit', form: 'bulk' }],
    ['/-/npm/v1/security/audits', { kind: 'audit', form: 'full' }],
    ['/-/npm/v1/security/audits/quick', { kind: 'audit', form: 'quick' }],
    ['/-/npm/v1/attestations/@s/n@1.0.0', { kind: 'attestations', name: S, version: '1.0.0' }],
    ['/-/npm/v1/attestations/@s%2fn@1.0.0', { kind: 'attestations', name: S, version: '1.0.0' }],
    ['/-/npm/v1/attestations/n@1.0.0', { kind: 'attestations', name: 'n', version: '1.0.0' }],
    ['/-/npm/v1/oidc/token/exchange/package/@s%2fn', { kind: 'oidc-exchange', name: S }],
    ['/-/package/n/dist-tags', { kind: 'dist-tags', name: 'n' }],
    ['/-/package/@s%2fn/dist-tags', { kind: 'dist-tags', name: S }],
    ['/-/package/@s/n/dist-tags/next', { kind: 'dist-tag', name: S, tag: 'next' }],
    ['/-/package/@s%2fn/access', { kind: 'access', name: S }],
    ['/-/package/n/collaborators', { kind: 'collaborators', name: 'n' }],
    ['/-/package/n/visibility', { kind: 'visibility', name: 'n' }],
    ['/-/package/@s%2fn/owners', { kind: 'owners', name: S }],
    ['/-/package/n/owners/jo', { kind: 'owner', name: 'n', user: 'jo' }],
    ['/-/package/n/trust', { kind: 'trust', name: 'n' }],
    ['/-/package/n/trust/7', { kind: 'trust-entry', name: 'n', id: '7' }],
    ['/-/org/acme/package', { kind: 'org-packages', org: 'acme' }],
    ['/-/org/acme/user', { kind: 'org-users', org: 'acme' }],
    ['/-/org/acme/team', { kind: 'org-teams', org: 'acme' }],
    ['/-/team/acme/devs', { kind: 'team', org: 'acme', team: 'devs' }],
    ['/-/team/acme/devs/user', { kind: 'team-users', org: 'acme', team: 'devs' }],
    ['/-/team/acme/devs/package', { kind: 'team-packages', org: 'acme', team: 'devs' }],
    ['/-/stage', { kind: 'stage' }],
    ['/-/stage/package/@s%2fn', { kind: 'stage-package', name: S }],
    ['/-/stage/abc', { kind: 'staged', id: 'abc' }],
    ['/-/stage/abc/approve', { kind: 'staged-approve', id: 'abc' }],
    ['/-/stage/abc/tarball', { kind: 'staged-tarball', id: 'abc' }],
  ])('%s is read', (path, route) => {
    expect(routeOf(path)).toStrictEqual(route)
  })

  it.each([
    ['/-', '/-/', '/-/nothing', '/-/__proto__', '/-/constructor', '/-/v1', '/-/v1/search/more', '/-/npm/v2/user'],
    [
      '/n/a/b',
      '/n/-rev',
      '/n/-rev/1/2',
      '/n/-',
      '/n/-/n-1.0.0.tar',
      '/n/-/m-1.0.0.tgz',
      '/n/-/n-one.tgz',
      '/n/-/n-.tgz',
    ],
    [
      '/n/-/@s/n-1.0.0.tgz',
      '/@s/n/-/@t/n-1.0.0.tgz',
      '/@s/n/-/@s/n-1.0.0.tgz/x',
      '/n/-/n-1.0.0.tgz/-rev',
      '/n/-/n-1.0.0.tgz/x/y',
      '/n/-/n-1.0.0.tgz/-rev/1/x',
    ],
    ['/../etc/passwd', '/n/-/../../x', '/n/-/n-1.0.0.tgz%00', '/@s', '/@s/', '/-/package/n', '/-/package/@s/dist-tags'],
    [
      '/-/package/n/dist-tags/a/b',
      '/-/package/n/owners/a/b',
      '/-/package/n/owner',
      '/-/user',
      '/-/user/org.couchdb.user:',
      '/-/user/org.couchdb.user:a/b/c',
    ],
    [
      '/-/user/token',
      '/-/user/a/b',
      '/-/org',
      '/-/org/a',
      '/-/org/a/x',
      '/-/team/a',
      '/-/team/a/b/c',
      '/-/stage/a/b',
      '/-/stage/a/b/c',
    ],
    [
      '/-/npm/v1',
      '/-/npm/v1/tokens/token',
      '/-/npm/v1/tokens/x',
      '/-/npm/v1/hooks/hook/a/b',
      '/-/npm/v1/attestations/n',
      '/-/npm/v1/oidc/token/exchange',
    ],
  ])('asks for nothing when it is one of a list', (...paths) => {
    expect(paths.filter((path) => routeOf(path) !== undefined)).toEqual([])
  })

  it('leads to the same tarball however it is written', () => {
    const part = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,12}$/)
    const names = fc
      .oneof(
        part,
        fc.tuple(part, part).map(([scope, name]) => `@${scope}/${name}`),
      )
      .filter(isPackageName)
    const versions = fc.stringMatching(/^[1-9]\.[1-9][0-9]?\.0(-(alpha|rc)\.[1-9])?$/)
    fc.assert(
      fc.property(names, versions, (name, version) => {
        const route = { kind: 'tarball', name, version }
        const path = tarballPath(name, version)
        expect(routeOf(path)).toEqual(route)
        expect(routeOf(path.replace(name, encodeURIComponent(name)))).toEqual(route)
        expect(routeOf(`/${name}/-/${name}-${version}.tgz`)).toEqual(route)
        expect(routeOf(`/${encodeURIComponent(name)}/-/${encodeURIComponent(name)}-${version}.tgz`)).toEqual(route)
        expect(versionOfTarball(name, `${name}-${version}.tgz`)).toBe(version)
      }),
    )
  })

  it('never makes the reader throw', () => {
    const piece = fc.oneof(
      fc.constantFrom('-', '/', '@s', '%2f', '..', '-rev', 'package', 'n-1.0.0.tgz', '%'),
      fc.string(),
    )
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => `/${pieces.join('/')}`),
        (path) => void routeOf(path),
      ),
    )
  })
})
