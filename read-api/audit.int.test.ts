import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publish } from '../test/graphql/commands.ts'
import { startGraphql, type GraphqlServer } from '../test/graphql/server.ts'

const POSITION: unknown = expect.stringMatching(/^\d{20}$/)
const UUID: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)
const INSTANT: unknown = expect.stringMatching(/^\d{4}-.*Z$/)
const STREAM: unknown = expect.stringMatching(/^packageVersion-[0-9a-f]{64}$/)
const TEXT: unknown = expect.any(String)
const TOKEN: unknown = expect.stringMatching(/^token:/)
const DATA: unknown = expect.objectContaining({ package: 'a', message: 'old', format: 'npm' })

let server: GraphqlServer
let auditor: string
let owner: string

beforeAll(async () => {
  server = await startGraphql()
  const { send } = server
  for (const project of ['main', 'side']) {
    await send('CreateProject', { project })
    await send('CreateRepository', { project, repository: 'npm', format: 'npm', kind: 'hosted' })
  }
  await send('CreateRepository', { project: 'main', repository: 'other', format: 'npm', kind: 'hosted' })
  auditor = await server.account('ann', [['admin', 'system']])
  owner = await server.account('pat', [['admin', 'main']])
  await publish(send, { repository: 'npm', package: 'a', version: '1.0.0' })
  await publish(send, { repository: 'other', package: 'b', version: '1.0.0' })
  await publish(send, { project: 'side', repository: 'npm', package: 'c', version: '1.0.0' })
  await server.ask(
    'mutation { deprecateVersion(input: { project: "main", repository: "npm", package: "a", version: "1.0.0", message: "old" }) { position } }',
    { as: owner },
  )
})

afterAll(() => server.close())

const trail = async (args: string, as: string | undefined = auditor, fields = 'type') => {
  const { data, errors } = await server.ask(
    `{ auditTrail(${args}) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`,
    { as },
  )
  return {
    nodes: data.auditTrail?.nodes,
    pageInfo: data.auditTrail?.pageInfo,
    codes: errors.map(({ extensions }) => extensions.code),
  }
}

const typesIn = async (args: string, as?: string) => (await trail(args, as)).nodes?.map(({ type }) => type)

describe('an event', () => {
  it('shows who did what to which thing, when, in which stream and in which story', async () => {
    const { nodes } = await trail(
      'project: "main", type: "PackageVersionDeprecated"',
      owner,
      'position eventId type at stream revision correlationId causationId project repository subject data actor { accountId login kind via }',
    )
    expect(nodes).toEqual([
      {
        position: POSITION,
        eventId: UUID,
        type: 'PackageVersionDeprecated',
        at: INSTANT,
        stream: STREAM,
        revision: 1,
        correlationId: 'request-1',
        causationId: TEXT,
        project: 'main',
        repository: 'npm',
        subject: 'a@1.0.0',
        data: DATA,
        actor: {
          accountId: UUID,
          login: 'pat',
          kind: 'SERVICE',
          via: TOKEN,
        },
      },
    ])
  })

  it('of Waybill itself has an actor without a login', async () => {
    const { nodes } = await trail('type: "ProjectCreated", first: 1', auditor, 'actor { accountId login kind via }')
    expect(nodes).toEqual([{ actor: { accountId: 'test', login: null, kind: 'SYSTEM', via: 'system' } }])
  })
})

describe('the filters', () => {
  it('are project, repository, type, types and a beginning of types', async () => {
    expect(await typesIn('project: "main", repository: "npm"')).toEqual([
      'PackageVersionDeprecated',
      'PackageVersionPublished',
      'RepositoryCreated',
    ])
    expect(await typesIn('project: "side", types: ["ProjectCreated", "RepositoryCreated"]')).toEqual([
      'RepositoryCreated',
      'ProjectCreated',
    ])
    expect(await typesIn('project: "main", type: "Package*"')).toEqual([
      'PackageVersionDeprecated',
      'PackageVersionPublished',
      'PackageVersionPublished',
    ])
  })

  it('are the actor by login and by id', async () => {
    expect(await typesIn('actor: "pat"')).toEqual(['PackageVersionDeprecated'])
    const { accountId } = (await server.ask('{ viewer { accountId } }', { as: owner })).data.viewer ?? ({} as never)
    expect(await typesIn(`actor: ${JSON.stringify(accountId)}`)).toEqual(['PackageVersionDeprecated'])
    expect(await typesIn('actor: "nobody"')).toEqual([])
    expect((await typesIn('actor: "test"'))?.length).toBeGreaterThan(5)
  })

  it('are stream and correlation', async () => {
    const { nodes } = await trail('actor: "pat"', auditor, 'stream correlationId')
    const [{ stream, correlationId }] = nodes as unknown as [{ stream: string; correlationId: string }]
    expect(await typesIn(`stream: ${JSON.stringify(stream)}`)).toEqual([
      'PackageVersionDeprecated',
      'PackageVersionPublished',
    ])
    expect(await typesIn(`correlation: ${JSON.stringify(correlationId)}`)).toEqual(['PackageVersionDeprecated'])
  })

  it('are a span of time, with its beginning and without its end', async () => {
    const { nodes } = await trail('order: ASC', auditor, 'at')
    const all: readonly string[] = nodes?.map(({ at }) => String(at)) ?? []
    const middle = all[Math.floor(all.length / 2)] ?? ''
    const { nodes: later } = await trail(`since: ${JSON.stringify(middle)}`, auditor, 'at')
    const { nodes: earlier } = await trail(`until: ${JSON.stringify(middle)}`, auditor, 'at')
    expect(later?.length).toBe(all.filter((at) => at >= middle).length)
    expect(earlier?.length).toBe(all.filter((at) => at < middle).length)
    // the same instant as others write it
    const seconds = `${middle.slice(0, 19)}Z`
    expect((await trail(`until: ${JSON.stringify(seconds)}`, auditor, 'at')).nodes?.length).toBeLessThanOrEqual(
      earlier?.length as number,
    )
    expect((await trail('since: "yesterday"')).codes).toEqual(['invalid-input'])
  })
})

describe('pages', () => {
  it('go through the whole log once, in both directions', async () => {
    for (const order of ['ASC', 'DESC']) {
      const positions: string[] = []
      let after = ''
      for (let more = true; more;) {
        const { nodes, pageInfo } = await trail(`order: ${order}, first: 7${after}`, auditor, 'position')
        positions.push(...(nodes?.map(({ position }) => position as string) ?? []))
        more = pageInfo?.hasNextPage as unknown as boolean
        after = `, after: ${JSON.stringify(pageInfo?.endCursor)}`
      }
      const sorted = positions.toSorted()
      expect(positions).toEqual(order === 'ASC' ? sorted : sorted.toReversed())
      expect(new Set(positions).size).toBe((await server.core.store.readAll('0'.repeat(20), 1000)).length)
    }
  })

  it('begin after any position of the log', async () => {
    const { nodes } = await trail('order: ASC, first: 3', auditor, 'position')
    const second = nodes?.[1]?.position ?? ''
    const rest = await trail(`order: ASC, first: 1, after: ${JSON.stringify(second)}`, auditor, 'position')
    expect(rest.nodes?.[0]?.position).toBe(nodes?.[2]?.position)
  })
})

describe('the permission', () => {
  it('is asked on the project or repository, and on the system when neither is named', async () => {
    expect((await typesIn('project: "main", first: 1', owner))?.length).toBe(1)
    expect((await trail('first: 1', owner)).codes).toEqual(['forbidden'])
    expect((await trail('project: "side"', owner)).codes).toEqual(['not-found'])
    expect((await trail('project: "none"', owner)).codes).toEqual(['not-found'])
    expect((await trail('project: "main"', '')).codes).toEqual(['unauthenticated'])
    expect((await trail('repository: "npm"')).codes).toEqual(['invalid-input'])
  })

  it('is not part of reading: a viewer is refused, and the refusal is counted', async () => {
    const viewer = await server.account('val', [['viewer', 'main']])
    const before = server.denials.length
    expect((await trail('project: "main", repository: "npm"', viewer)).codes).toEqual(['forbidden'])
    expect(server.denials.slice(before)).toMatchObject([
      { action: 'audit', resource: { project: 'main', repository: 'npm' } },
    ])
  })

  it('on one repository is not one on the others', async () => {
    const narrow = await server.account('ned', [['admin', 'main/npm']])
    expect((await typesIn('project: "main", repository: "npm", first: 1', narrow))?.length).toBe(1)
    expect((await trail('project: "main"', narrow)).codes).toEqual(['forbidden'])
    expect((await trail('project: "main", repository: "other"', narrow)).codes).toEqual(['not-found'])
  })
})
