import type { Grant } from '../domain/access/authorise.ts'
import type { AccountRow } from '../projections/accounts/queries.ts'
import type { AsOf } from '../projections/as-of.ts'
import type { AuditRow } from '../projections/audit/queries.ts'
import type { FileRow } from '../projections/files/queries.ts'
import type { PackageVersionRow } from '../projections/package-versions/queries.ts'
import type { PackageRow } from '../projections/packages/queries.ts'
import type { RepositoryRow } from '../projections/repositories/queries.ts'
import type { TagRow } from '../projections/tags/queries.ts'
import type { TokenRow } from '../projections/tokens/queries.ts'
import type { WebhookRow } from '../projections/webhooks/queries.ts'
import { builder } from './builder.ts'

/** What stands behind each type of the schema. All of them are declared here, so that their files can name each other. */

export interface ProjectNode {
  readonly project: string
  readonly description: string | null
  readonly createdAt: string
  readonly asOf: AsOf
}

export interface RepositoryNode extends RepositoryRow {
  /** The repository that has the name today is public. */
  readonly open: boolean
  /** The bound that everything in it is seen at. */
  readonly asOf: AsOf
}

export interface PackageNode {
  readonly row: PackageRow
  readonly home: RepositoryNode
}

export interface VersionNode {
  readonly row: PackageVersionRow
  readonly home: RepositoryNode
}

export interface FileNode {
  readonly row: FileRow
  readonly home: RepositoryNode
}

export interface TagNode extends TagRow {
  readonly package: string
  readonly home: RepositoryNode
}

export interface EventNode {
  readonly row: AuditRow
  /** The viewer may read the audit trail there: sees also by what means the actor signed in. */
  readonly audited: boolean
}

export const ProjectRef = builder.objectRef<ProjectNode>('Project')
export const RepositoryRef = builder.objectRef<RepositoryNode>('Repository')
export const PackageRef = builder.objectRef<PackageNode>('Package')
export const VersionRef = builder.objectRef<VersionNode>('PackageVersion')
export const TagRef = builder.objectRef<TagNode>('Tag')
export const FileRef = builder.objectRef<FileNode>('File')
export const AccountRef = builder.objectRef<AccountRow>('Account')
export const AccountNameRef = builder.objectRef<{ readonly accountId: string }>('AccountName')
export const TokenRef = builder.objectRef<TokenRow>('Token')
export const WebhookRef = builder.objectRef<WebhookRow>('Webhook')
export const GrantRef = builder.objectRef<Grant>('Grant')
export const EventRef = builder.objectRef<EventNode>('AuditEvent')
