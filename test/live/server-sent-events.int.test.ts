import { CloudEvent } from 'cloudevents'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { publish, store } from '../graphql/commands.ts'
import { listen, type Listening } from './listen.ts'
import { startLive, type LiveServer } from './live-server.ts'

let server: LiveServer
let reader: string
let auditor: string
const open: Listening[] = []

beforeAll(async () => {
  server = await startLive({ limits: { drainMs: 30_000, heartbeatMs: 300 } })
  const { send } = server
  await send('CreateProject', { project: 'main' })
  await send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  await send('CreateRepository', { project: 'main', repository: 'open', format: 'npm', kind: 'hosted', public: true })
  await send('CreateRepository', { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' })
  reader = await server.account('rea', [['viewer', 'main/npm']])
  auditor = await server.account('aud', [['admin', 'main']])
})
afterEach(() => {
  for (const listening of open.splice(0)) listening.close()
})
afterAll(async () => {
  await server.close()
})

const opened = async (options: Parameters<typeof listen>[1] = {}): Promise<Listening> => {
  const listening = await listen(server.url, options)
  open.push(listening)
  return listening
}

let count = 0
const publishNew = (repository: string, name = `pkg-${++count}`) =>
  publish(server.send, { repository, package: name, version: '1.0.0' })

const head = () => server.core.tail.position
const subjects = async (listening: Listening, events: number): Promise<readonly string[]> => {
  const seen: string[] = []
  while (seen.length < events) seen.push((await listening.next()).data.subject)
  return seen
}

describe('a stream of events', () => {
  it('gives out what happens as CloudEvents, with the position as id and the type as name', async () => {
    const listening = await opened({ token: reader, query: { project: 'main' } })
    expect(listening.status).toBe(200)
    expect(listening.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    })
    const { position } = await publishNew('npm', '@acme/live')
    const event = await listening.next()
    expect(event).toMatchObject({
      id: position,
      event: 'PackageVersionPublished',
      data: {
        specversion: '1.0',
        type: 'waybill.PackageVersionPublished',
        source: '/projects/main/repositories/npm',
        subject: '@acme/live@1.0.0',
        sequence: position,
        correlationid: 'test',
        authtype: 'system',
        authid: 'test',
        data: { project: 'main', repository: 'npm', package: '@acme/live', version: '1.0.0' },
      },
    })
    expect(event.data.authclaims).toBeUndefined()
    expect(() => new CloudEvent(event.data as object, true)).not.toThrow()
  })

  it('takes a project, a repository, and types or their beginnings', async () => {
    const all = await opened({ token: auditor, query: { project: '', repository: '', type: '' } })
    const files = await opened({ token: auditor, query: { project: 'main', repository: 'files' } })
    const types = await opened({ token: auditor, query: { type: ['File*', 'RoleGranted'] } })
    await store(server.send, 'files', 'one.txt')
    await publishNew('npm', 'two')
    await server.send('GrantRole', { role: 'viewer', account: 'rea', scope: 'main/files:x/*' })
    await server.send('RevokeRole', { role: 'viewer', account: 'rea', scope: 'main/files:x/*' })
    await store(server.send, 'files', 'three.txt')
    expect(await subjects(all, 5)).toEqual(['one.txt', 'two@1.0.0', 'main/files:x/*', 'main/files:x/*', 'three.txt'])
    expect(await subjects(files, 4)).toEqual(['one.txt', 'main/files:x/*', 'main/files:x/*', 'three.txt'])
    expect(await subjects(types, 3)).toEqual(['one.txt', 'main/files:x/*', 'three.txt'])
  })

  it('goes on after the last id, with nothing missed or doubled', async () => {
    const after = head()
    for (const name of ['p1', 'p2', 'p3']) await publishNew('npm', name)
    const first = await opened({ token: reader, query: { after } })
    expect(await subjects(first, 2)).toEqual(['p1@1.0.0', 'p2@1.0.0'])
    const [, second] = first.received
    first.close()
    const again = await opened({ token: reader, query: { after }, lastEventId: second?.id })
    expect(await subjects(again, 1)).toEqual(['p3@1.0.0'])
    await publishNew('npm', 'p4')
    expect(await subjects(again, 1)).toEqual(['p4@1.0.0'])
  })

  it('says from the start where to go on, and again while nothing happens', async () => {
    const listening = await opened({ token: reader, query: { project: 'main', repository: 'npm' } })
    const begin = head()
    await expect.poll(() => listening.lastEventId, { timeout: 10_000 }).toBe(begin)
    await publishNew('open')
    await expect.poll(() => listening.lastEventId, { timeout: 10_000 }).toBe(head())
    expect(listening.comments.length).toBeGreaterThan(0)
    expect(listening.received).toEqual([])
  })

  it('misses nothing and doubles nothing while many come and go during a steady flow', async () => {
    const begin = head()
    const wanted: string[] = []
    let done = false
    const flow = (async () => {
      for (let round = 0; round < 150; round++) {
        const { position } = await publishNew(round % 3 === 0 ? 'open' : 'npm')
        wanted.push(position)
      }
      done = true
    })()
    const follow = async (pause: number): Promise<readonly string[]> => {
      const got: string[] = []
      let last = begin
      while (!done || last < (wanted.at(-1) ?? '')) {
        const listening = await opened({ token: reader, lastEventId: last })
        for (let round = 0; round < pause && !(done && last >= (wanted.at(-1) ?? '')); round++) {
          last = (await listening.next()).id
          got.push(last)
        }
        listening.close()
      }
      return got
    }
    const all = await Promise.all([1, 2, 3, 7, 20, 200].map(follow))
    await flow
    for (const got of all) expect(got).toEqual(wanted)
  })
})

describe('a request is refused', () => {
  const refusal = async (options: Parameters<typeof listen>[1]) => {
    const listening = await opened(options)
    expect(listening.headers['content-type']).toContain('application/problem+json')
    const { status, code, detail } = await listening.problem()
    expect(detail).toMatch(/ .*\.$/)
    return [status, code]
  }

  it('where nothing can be seen', async () => {
    const npm = { project: 'main', repository: 'npm' }
    expect(await refusal({ query: npm })).toEqual([401, 'unauthenticated'])
    expect(await refusal({ query: { project: 'none' } })).toEqual([401, 'unauthenticated'])
    expect(await refusal({ token: reader, query: { ...npm, repository: 'files' } })).toEqual([404, 'not-found'])
    expect(await refusal({ token: reader, query: { project: 'none' } })).toEqual([404, 'not-found'])
    expect(await refusal({ token: reader, query: { ...npm, type: 'RoleGranted' } })).toEqual([403, 'forbidden'])
    expect(await refusal({ query: { type: 'Role*' } })).toEqual([401, 'unauthenticated'])
    expect(await refusal({ token: 'wbt_' + 'x'.repeat(43) })).toEqual([401, 'unauthenticated'])
    const challenged = await opened({ query: npm })
    expect(challenged.headers['www-authenticate']).toContain('Basic')
  })

  it('with a position that is none, or that the log does not reach', async () => {
    for (const after of ['1', 'x'.repeat(20), '9'.repeat(20), '-0000000000000000001']) {
      expect(await refusal({ token: reader, query: { after } })).toEqual([400, 'invalid-input'])
      expect(await refusal({ token: reader, lastEventId: after })).toEqual([400, 'invalid-input'])
    }
  })

  it('with arguments that mean nothing', async () => {
    for (const query of [
      { repository: 'npm' },
      { type: 'a.b' },
      { type: 'PackageVersionVanished' },
      { types: 'File*' },
      { project: ['main', 'other'] },
      { project: 'ma\0in' },
    ])
      expect(await refusal({ token: reader, query: query })).toEqual([400, 'invalid-input'])
  })
})

it('answers HEAD as it would GET, without a stream', async () => {
  const authorization = `Bearer ${reader}`
  const response = await fetch(`${server.url}?project=main`, { method: 'HEAD', headers: { authorization } })
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  expect((await fetch(`${server.url}?project=main&repository=npm`, { method: 'HEAD' })).status).toBe(401)
})

describe('each event', () => {
  it('goes to those who may read its thing, to everybody where that is public', async () => {
    const after = head()
    const everybody = await opened({ query: { after } })
    const readers = await opened({ token: reader, query: { after } })
    const audit = await opened({ token: auditor, query: { after } })
    await publishNew('open', 'public-one')
    await store(server.send, 'files', 'hidden.txt')
    await publishNew('npm', 'private-one')
    await publishNew('open', 'public-two')
    expect(await subjects(everybody, 2)).toEqual(['public-one@1.0.0', 'public-two@1.0.0'])
    expect(await subjects(readers, 3)).toEqual(['public-one@1.0.0', 'private-one@1.0.0', 'public-two@1.0.0'])
    expect(await subjects(audit, 2)).toEqual(['public-one@1.0.0', 'hidden.txt'])
    expect(audit.received[0]?.data.authclaims).toBe('{"via":"system"}')
  })

  it('is judged by the permissions of the moment: a role that is revoked thins the stream out', async () => {
    const token = await server.account('leo', [
      ['viewer', 'main/npm'],
      ['viewer', 'main/open'],
    ])
    const listening = await opened({ token, query: { type: 'PackageVersionPublished' } })
    await publishNew('npm', 'seen')
    expect(await subjects(listening, 1)).toEqual(['seen@1.0.0'])
    await server.send('RevokeRole', { role: 'viewer', account: 'leo', scope: 'main/npm' })
    await publishNew('npm', 'unseen')
    await publishNew('open', 'still-seen')
    expect(await subjects(listening, 1)).toEqual(['still-seen@1.0.0'])
  })

  it('of a repository that is no longer public does not go to everybody any more', async () => {
    const place = { project: 'main', repository: 'shy' }
    await server.send('CreateRepository', { ...place, format: 'npm', kind: 'hosted', public: true })
    const listening = await opened({ query: { type: 'PackageVersionPublished' } })
    await publishNew('shy', 'shown')
    expect(await subjects(listening, 1)).toEqual(['shown@1.0.0'])
    await server.send('UpdateRepository', { ...place, public: false })
    await publishNew('shy', 'not-shown')
    await publishNew('open', 'shown-again')
    expect(await subjects(listening, 1)).toEqual(['shown-again@1.0.0'])
  })

  it('ends the stream of a token that was revoked, and without an event the next heartbeat does', async () => {
    await server.account('tim', [['viewer', 'main/npm']])
    const short = await server.send('CreateToken', { name: 'short', account: 'tim' })
    const idle = await server.send('CreateToken', { name: 'idle', account: 'tim' })
    const listening = await opened({ token: short.token as string, query: { project: 'main' } })
    await server.send('RevokeToken', { id: short.id as string })
    await publishNew('npm', 'behind')
    await listening.ended()
    expect(listening.received).toEqual([])
    const silent = await opened({ token: idle.token as string, query: { project: 'main', type: 'TagSet' } })
    await server.send('RevokeToken', { id: idle.id as string })
    await silent.ended()
    expect(silent.comments.at(-1)).toContain('credentials')
  })
})
