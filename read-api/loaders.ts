import type { Sql } from 'postgres'
import type { Grant } from '../domain/access/authorise.ts'
import type { Documents } from '../platform/blob-store/documents.ts'
import type { Vault, VaultToken, VaultWebhook } from '../platform/vault/vault.ts'
import { rolesOfMany } from '../projections/accounts/queries.ts'
import type { AsOf } from '../projections/as-of.ts'
import { downloadKey, downloadsOf, type Downloaded } from '../projections/downloads/queries.ts'
import { groupsOfMany } from '../projections/group-members/queries.ts'
import { tagsOfMany, type TagRow } from '../projections/tags/queries.ts'
import { batched } from './batched.ts'

/** Where the loaders read. */
export interface LoaderSources {
  readonly sql: Sql
  readonly vault: Vault
  readonly documents: Documents
}

/** A package of a repository as of a bound. */
export interface TaggedPackage {
  readonly repositoryId: string
  readonly package: string
  readonly asOf: AsOf
}

/** What the rows of a list need beside themselves, fetched for all of them at once. */
export interface Loaders {
  /** The login of an account; undefined: it is no account, or was erased. */
  readonly login: (accountId: string) => Promise<string | undefined>
  readonly vaultToken: (tokenId: string) => Promise<VaultToken | undefined>
  /** The address, headers and secrets of a webhook. */
  readonly vaultWebhook: (webhookId: string) => Promise<VaultWebhook | undefined>
  readonly roles: (accountId: string) => Promise<readonly Grant[] | undefined>
  readonly groups: (accountId: string) => Promise<readonly string[] | undefined>
  readonly downloads: (thing: Downloaded) => Promise<number | undefined>
  readonly tags: (named: TaggedPackage) => Promise<readonly TagRow[] | undefined>
  /** The bytes of a document by its sha256. */
  readonly document: (digest: string) => Promise<Buffer | undefined>
}

const itself = (key: string): string => key

const tagKey = ({ repositoryId, package: name, asOf }: TaggedPackage): string =>
  JSON.stringify([repositoryId, asOf, name])

export const createLoaders = ({ sql, vault, documents }: LoaderSources): Loaders => ({
  login: batched(itself, (ids) => vault.accounts.logins(ids)),
  vaultToken: batched(itself, (ids) => vault.tokens.byIds(ids)),
  vaultWebhook: batched(itself, (ids) => vault.webhooks.many(ids)),
  roles: batched(itself, (ids) => rolesOfMany(sql, ids)),
  groups: batched(itself, (ids) => groupsOfMany(sql, ids)),
  downloads: batched(downloadKey, (things) => downloadsOf(sql, things)),
  document: batched(itself, (digests) => documents.many(digests)),
  tags: batched(tagKey, async (asked: readonly TaggedPackage[]) => {
    const found = new Map<string, readonly TagRow[]>()
    const places = Map.groupBy(asked, ({ repositoryId, asOf }) => JSON.stringify([repositoryId, asOf]))
    for (const packages of places.values()) {
      const [{ repositoryId, asOf }] = packages as [TaggedPackage]
      const names = packages.map((one) => one.package)
      for (const [name, rows] of await tagsOfMany(sql, repositoryId, names, asOf))
        found.set(tagKey({ repositoryId, asOf, package: name }), rows)
    }
    return found
  }),
})
