import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { TestPackage } from '../npm/publish-document.ts'
import type { WaybillProcess } from '../waybill-process.ts'
import type { Publisher, PublishOutcome } from './steady-publishes.ts'

export interface Tally {
  readonly acknowledged: number
  readonly refused: number
  /** Refused, although the version was there: its outcome was not known when the answer was given. */
  readonly unknown: number
  readonly slowest: number
}

const AT_ONCE = 8

const forEach = async <T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
  const waiting = [...all]
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await work(next)
  })
  await Promise.all(workers)
}

const isWhole = async ({ get }: Publisher, entry: TestPackage): Promise<boolean> => {
  const packument = await get(`/npm/main/npm/${entry.name}`)
  if (packument.status === 404) return false
  if (!packument.ok) throw new Error(`${entry.name} was answered with ${packument.status}: ${await packument.text()}`)
  const { versions } = (await packument.json()) as { versions: Record<string, { dist: { integrity: string } }> }
  const tarball = await get(`/npm/main/npm/${entry.name}/-/${entry.name}-1.0.0.tgz`)
  const bytes = Buffer.from(await tarball.arrayBuffer())
  expect(Object.keys(versions)).toEqual(['1.0.0'])
  expect(versions['1.0.0']?.dist.integrity).toBe(`sha512-${createHash('sha512').update(bytes).digest('base64')}`)
  expect(bytes.equals(entry.tarball)).toBe(true)
  return true
}

/** How often each package was published, by the log. */
const publishesIn = async ({ url, adminPassword }: WaybillProcess): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  const query = `query ($after: String) {
    auditTrail(first: 500, order: ASC, after: $after, types: ["PackageVersionPublished"]) {
      edges { node { data } } pageInfo { endCursor hasNextPage } } }`
  for (let after: string | null = null; ;) {
    const answer = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`admin:${adminPassword}`)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { after } }),
    })
    const { data } = (await answer.json()) as {
      data: {
        auditTrail: {
          edges: { node: { data: { package: string } } }[]
          pageInfo: { endCursor: string; hasNextPage: boolean }
        }
      }
    }
    for (const { node } of data.auditTrail.edges)
      counts.set(node.data.package, (counts.get(node.data.package) ?? 0) + 1)
    if (!data.auditTrail.pageInfo.hasNextPage) return counts
    after = data.auditTrail.pageInfo.endCursor
  }
}

/**
 * After a fault: every acknowledged publish is there, whole; every refused one got npm's own error, and succeeds when it is
 * sent again; each is in the log once.
 */
export const checkOutcomes = async (
  waybill: WaybillProcess,
  by: Publisher,
  outcomes: readonly PublishOutcome[],
): Promise<Tally> => {
  const acknowledged = outcomes.filter(({ status }) => status === 201)
  const refused = outcomes.filter(({ status }) => status !== 201)
  await forEach(acknowledged, async ({ entry }) => {
    expect([entry.name, await isWhole(by, entry)]).toEqual([entry.name, true])
  })
  const before = await publishesIn(waybill)
  await forEach(refused, async ({ entry, status, body }) => {
    expect([entry.name, status, body]).toEqual([
      entry.name,
      expect.toBeOneOf([503, 504]),
      expect.stringMatching(/^\{"error":".+\. Try again/),
    ])
    const again = await by.publish(entry)
    expect([entry.name, again.status, again.body]).toEqual([entry.name, 201, expect.anything()])
    expect([entry.name, await isWhole(by, entry)]).toEqual([entry.name, true])
  })
  const after = await publishesIn(waybill)
  const twice = [...after].filter(([, count]) => count !== 1)
  expect(twice).toEqual([])
  expect(after.size).toBe(outcomes.length)
  return {
    acknowledged: acknowledged.length,
    refused: refused.length,
    unknown: refused.filter(({ entry }) => before.has(entry.name)).length,
    slowest: Math.round(Math.max(...outcomes.map(({ milliseconds }) => milliseconds))),
  }
}
