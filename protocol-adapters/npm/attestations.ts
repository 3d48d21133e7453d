import { DomainError } from '../../domain/errors.ts'
import { findVersion } from '../../projections/package-versions/queries.ts'
import { requireAction } from '../http/open-repository.ts'
import type { InRepositoryExchange, Operation } from './npm-request.ts'
import { CACHE_CONTROL } from './send-document.ts'

const text = (value: unknown): string => JSON.stringify(value)

/**
 * `GET /-/npm/v1/attestations/{package}@{version}`: the sigstore bundles of a version as they were published, in the form
 * that pacote's verifyAttestations reads: `{ attestations: [{ predicateType, bundle }] }`.
 */
export const readAttestations: Operation<'attestations', InRepositoryExchange> = async (
  exchange,
  { name, version },
) => {
  const { gateway, packuments, repository, reply } = exchange
  requireAction(gateway, repository, 'read', name)
  const { repositoryId, asOf } = repository
  const row = await findVersion(gateway.sql, repositoryId, name, version, asOf)
  const file = row?.files.find((candidate) => candidate.name.endsWith('.sigstore'))
  const found = file && (await packuments.find(repositoryId, name, asOf))
  const predicateType = found?.versions.find((entry) => entry.version === version)?.document.provenance
  if (file === undefined || predicateType === undefined)
    throw new DomainError('not-found', `There are no attestations of ${name}@${version} here.`)
  const bundle = await gateway.blobs.read(file.sha256)
  return reply
    .type('application/json')
    .header('cache-control', CACHE_CONTROL)
    .send(`{"attestations":[{"predicateType":${text(predicateType)},"bundle":${bundle.toString('utf8')}}]}`)
}
