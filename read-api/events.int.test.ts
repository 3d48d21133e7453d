import type { FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish, store } from '../test/graphql/commands.ts'
import { openEventStream, type EventStream } from '../test/graphql/event-stream.ts'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'
import { createContext, type ReadApi } from './context.ts'
import { yoga } from './yoga.ts'

let server: GraphqlServer
let reader: string
let auditor: string
const streams: EventStream[] = []

beforeAll(async () => {
  server = await startGraphql()
  const { send } = server
  await send('CreateProject', { project: 'main' })
  await send('CreateRepository', { project: 'main', repository: 'npm', format: 'npm', kind: 'hosted' })
  await send('CreateRepository', { project: 'main', repository: 'open', format: 'npm', kind: 'hosted', public: true })
  await send('CreateRepository', { project: 'main', repository: 'files', format: 'generic', kind: 'hosted' })
  reader = await server.account('rea', [['viewer', 'main/npm']])
  auditor = await server.account('aud', [['admin', 'main']])
})

afterAll(async () => {
  for (const stream of streams) stream.close()
  await server.close()
})

const authorization = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

const FIELDS = '{ type position project repository subject data actor { accountId kind via } }'

const subscribe = async (args: string, token?: string): Promise<EventStream> => {
  const stream = await openEventStream(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization(token) },
    body: JSON.stringify({ query: `subscription { events${args} ${FIELDS} }` }),
  })
  streams.push(stream)
  return stream
}

interface Seen {
  readonly type: string
  readonly subject: string
  readonly position: string
  readonly data: Record<string, unknown>
  readonly actor: { readonly via: string | null }
}

const event = async (stream: EventStream): Promise<Seen> => {
  const { data, errors } = (await stream.next()) as { data?: { events: Seen }; errors?: unknown }
  if (data === undefined) throw new Error(JSON.stringify(errors))
  return data.events
}

const refusal = async (stream: EventStream): Promise<string | undefined> => {
  const { errors } = (await stream.next()) as { errors?: { extensions: { code: string } }[] }
  return errors?.[0]?.extensions.code
}

let count = 0
const publishNew = (repository: string, name = `pkg-${++count}`) =>
  publish(server.send, { repository, package: name, version: '1.0.0' })

const head = () => server.core.tail.position

describe('a subscription', () => {
  it('gives out events as they come, by GET as by POST', async () => {
    const url = new URL(server.url)
    url.searchParams.set('query', `subscription { events(project: "main", types: ["PackageVersion*"]) ${FIELDS} }`)
    const got = await openEventStream(url, { headers: authorization(reader) })
    const posted = await subscribe('(project: "main", types: ["PackageVersion*"])', reader)
    streams.push(got)
    expect(got.headers.get('content-type')).toContain('text/event-stream')
    const { position } = await publishNew('npm', 'live')
    for (const stream of [got, posted])
      expect(await event(stream)).toMatchObject({ type: 'PackageVersionPublished', subject: 'live@1.0.0', position })
  })

  it('begins after a position, and goes on after the last event that was seen', async () => {
    const after = head()
    for (const name of ['p1', 'p2', 'p3']) await publishNew('npm', name)
    const stream = await subscribe(`(project: "main", repository: "npm", after: "${after}")`, reader)
    const seen = [await event(stream), await event(stream)]
    expect(seen.map(({ subject }) => subject)).toEqual(['p1@1.0.0', 'p2@1.0.0'])
    const rest = await subscribe(`(project: "main", after: "${seen[1]?.position}")`, reader)
    expect((await event(rest)).subject).toBe('p3@1.0.0')
  })

  it('gives an event out when the read models show what it did', async () => {
    const stream = await subscribe('(project: "main", types: ["PackageVersionPublished"])', reader)
    for (let round = 0; round < 10; round++) {
      const sending = publishNew('npm')
      const { subject } = await event(stream)
      const [name] = subject.split('@')
      const { data } = await server.ask(`{ package(project: "main", repository: "npm", name: "${name}") { name } }`, {
        as: reader,
      })
      expect(data.package).toEqual({ name })
      await sending
    }
  })

  it('is refused where nothing can be seen, and where its arguments mean nothing', async () => {
    expect(await refusal(await subscribe('(project: "main", repository: "files")', reader))).toBe('not-found')
    expect(await refusal(await subscribe('(project: "none")', reader))).toBe('not-found')
    expect(await refusal(await subscribe('(project: "main", repository: "npm")'))).toBe('unauthenticated')
    expect(await refusal(await subscribe('(repository: "npm")', reader))).toBe('invalid-input')
    expect(await refusal(await subscribe('(types: ["a.b"])', reader))).toBe('invalid-input')
  })
})

describe('each event', () => {
  it('of a thing goes to those who may read it, without the means of signing in', async () => {
    const after = head()
    await publishNew('open', 'public-one')
    await store(server.send, 'files', 'hidden.txt')
    await publishNew('npm', 'private-one')
    const everybody = await subscribe(`(after: "${after}")`)
    const readers = await subscribe(`(after: "${after}")`, reader)
    await publishNew('open', 'public-two')
    expect([await event(everybody), await event(everybody)]).toMatchObject([
      { subject: 'public-one@1.0.0' },
      { subject: 'public-two@1.0.0', actor: { via: null } },
    ])
    const subjects = [await event(readers), await event(readers), await event(readers)].map(({ subject }) => subject)
    expect(subjects).toEqual(['public-one@1.0.0', 'private-one@1.0.0', 'public-two@1.0.0'])
  })

  it('of roles and refusals goes to those who may read the audit trail there', async () => {
    const after = head()
    await server.send('GrantRole', { role: 'viewer', account: 'rea', scope: 'main/files:x/*' })
    await publishNew('npm', 'after-grant')
    const audit = await subscribe(`(after: "${after}")`, auditor)
    expect([await event(audit), await event(audit)]).toMatchObject([
      { type: 'RoleGranted', actor: { via: 'system' } },
      { subject: 'after-grant@1.0.0', actor: { via: 'system' } },
    ])
    const read = await subscribe(`(after: "${after}")`, reader)
    expect((await event(read)).subject).toBe('after-grant@1.0.0')
    await server.send('RevokeRole', { role: 'viewer', account: 'rea', scope: 'main/files:x/*' })
  })

  it('of a copied file does not tell readers of a place that they may not read', async () => {
    const { send } = server
    await send('CreateRepository', {
      project: 'main',
      repository: 'copies',
      format: 'generic',
      kind: 'hosted',
      public: true,
    })
    const copying = await subscribe('(project: "main", repository: "copies")')
    const auditing = await subscribe('(project: "main", repository: "copies")', auditor)
    const { blobs } = server.core
    const { digests, size } = await blobs.put(Buffer.from('secret plan'))
    await send('StoreFile', {
      project: 'main',
      repository: 'files',
      path: 'secret/plan.txt',
      size,
      ...digests,
      contentType: 'text/plain',
      properties: {},
      createOnly: false,
    })
    await send('CopyFile', {
      project: 'main',
      repository: 'files',
      path: 'secret/plan.txt',
      toRepository: 'copies',
      toPath: 'plan.txt',
    })
    const shown = await event(copying)
    expect(shown).toMatchObject({ type: 'FileStored', subject: 'plan.txt' })
    expect(JSON.stringify(shown)).not.toContain('secret')
    expect((await event(auditing)).data).toMatchObject({ from: { path: 'secret/plan.txt' } })
  })

  it('is judged by the permissions of the moment: a role that is revoked thins the stream out', async () => {
    const token = await server.account('leo', [
      ['viewer', 'main/npm'],
      ['viewer', 'main/open'],
    ])
    const stream = await subscribe('(project: "main", types: ["PackageVersionPublished"])', token)
    await publishNew('npm', 'seen')
    expect((await event(stream)).subject).toBe('seen@1.0.0')
    await server.send('RevokeRole', { role: 'viewer', account: 'leo', scope: 'main/npm' })
    await publishNew('npm', 'unseen')
    await publishNew('open', 'still-seen')
    expect((await event(stream)).subject).toBe('still-seen@1.0.0')
  })

  it('ends the stream when the token was revoked', async () => {
    await server.account('tim', [['viewer', 'main/npm']])
    const { id, token } = await server.send('CreateToken', { name: 'short', account: 'tim' })
    const stream = await subscribe('(project: "main")', token as string)
    await publishNew('npm', 'before')
    expect((await event(stream)).subject).toBe('before@1.0.0')
    await server.send('RevokeToken', { id: id as string })
    await publishNew('npm', 'behind')
    expect(await refusal(stream)).toBe('unauthenticated')
    await stream.next('complete')
  })

  it('of a repository that is no longer public does not go to everybody any more', async () => {
    const { send } = server
    const place = { project: 'main', repository: 'shy' }
    await send('CreateRepository', { ...place, format: 'npm', kind: 'hosted', public: true })
    const stream = await subscribe('(project: "main", types: ["PackageVersionPublished"])')
    await publishNew('shy', 'shown')
    expect((await event(stream)).subject).toBe('shown@1.0.0')
    await send('UpdateRepository', { ...place, public: false })
    await publishNew('shy', 'not-shown')
    await publishNew('open', 'shown-again')
    expect((await event(stream)).subject).toBe('shown-again@1.0.0')
  })
})

it('does not go on in the log while the client takes nothing', async () => {
  const after = head()
  for (let round = 0; round < 30; round++) await publishNew('npm')
  let judged = 0
  const counting: ReadApi = {
    ...server.api,
    principalOf: (request) => {
      judged++
      return server.api.principalOf(request)
    },
  }
  const http = { headers: {}, raw: { headers: authorization(reader) } } as unknown as FastifyRequest
  const principal = await server.api.principalOf(http)
  const query = `subscription { events(project: "main", after: "${after}") { position } }`
  const closing = new AbortController()
  const response = await yoga.fetch(
    'http://waybill/graphql',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
      signal: closing.signal,
    },
    createContext(counting, http, closing.signal, principal),
  )
  const body = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  const take = async (events: number): Promise<void> => {
    while (text.split('data: ').length - 1 < events) text += new TextDecoder().decode((await body.read()).value)
  }
  await take(1)
  // whatever is fetched ahead has been by the time that something else has gone through the whole server
  await publishNew('npm')
  await server.ask('{ viewer { login } }', { as: reader })
  expect(judged).toBeLessThan(5)
  await take(31)
  expect(judged).toBe(31)
  closing.abort()
  await body.cancel()
})

it('lets the server close while subscriptions are open', async () => {
  const other = await startGraphql()
  const token = await other.account('sub', [['admin', 'system']])
  const stream = await openEventStream(other.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: 'subscription { events { type } }' }),
  })
  const began = performance.now()
  await other.close()
  expect(performance.now() - began).toBeLessThan(4000)
  await stream.next('complete')
})
