import { allows } from '../../domain/access/authorise.ts'
import { instantOf } from '../../platform/clock.ts'
import { searchPackages, type PackageRow } from '../../projections/packages/queries.ts'
import { effectiveTags } from './effective-tags.ts'
import { isJsonObject } from './json-object.ts'
import type { InRepositoryExchange, Operation } from './npm-request.ts'
import { searchResult, type FoundPackage } from './search-result.ts'

const MAX_SIZE = 250

const numberOf = (text: unknown, fallback: number, most: number): number => {
  const number = typeof text === 'string' ? Number.parseInt(text, 10) : NaN
  return Number.isNaN(number) || number < 0 ? fallback : Math.min(number, most)
}

const foundPackage = async (
  { packuments, repository }: InRepositoryExchange,
  { package: name }: PackageRow,
  score: number,
): Promise<FoundPackage | undefined> => {
  const found = await packuments.find(repository.repositoryId, name, repository.asOf)
  if (found === undefined) return undefined
  const { latest } = effectiveTags(
    found.tags,
    found.versions.map(({ version }) => version),
  )
  const entry = found.versions.find(({ version }) => version === latest)
  if (entry === undefined) return undefined
  const hoisted: unknown = JSON.parse(`{${found.hoisted}}`)
  return {
    name,
    version: entry.version,
    date: entry.publishedAt,
    ...(isJsonObject(hoisted) ? hoisted : {}),
    publisher: entry.publisher,
    maintainers: found.maintainers,
    score,
  }
}

/** `GET /-/v1/search?text=&size=&from=`; rows that the caller may not read are left out. */
export const search: Operation<'search', InRepositoryExchange> = async (exchange) => {
  const { gateway, repository, request, reply, principal } = exchange
  const { text, size, from } = request.query as Readonly<Record<string, unknown>>
  const words = typeof text === 'string' ? text.split(/\s+/).filter((word) => word !== '') : []
  const rows = await searchPackages(gateway.sql, {
    repositoryId: repository.repositoryId,
    words: words.slice(0, 16),
    offset: numberOf(from, 0, 1_000_000),
    limit: numberOf(size, 20, MAX_SIZE),
    asOf: repository.asOf,
  })
  const { project, repository: repo } = repository
  const readable = rows.filter(
    ({ package: name }) =>
      repository.public || (principal !== undefined && allows(principal, 'read', { project, repository: repo, name })),
  )
  const found = await Promise.all(readable.map((row, index) => foundPackage(exchange, row, 1 / (index + 1))))
  const present = found.filter((entry) => entry !== undefined)
  // a total over rows that this caller may not see would tell of them
  const total = readable.length === rows.length ? Number(rows[0]?.total ?? 0) : present.length
  return reply.type('application/json').send(JSON.stringify(searchResult(present, total, instantOf(gateway.clock))))
}
