import * as file from './file/events.ts'
import * as packageVersion from './package-version/events.ts'
import { PackageOwnerAdded, PackageOwnerRemoved } from './package/package.ts'
import { ProjectCreated } from './project/project.ts'
import { RepositoryCreated, RepositoryDeleted, RepositoryUpdated } from './repository/events.ts'
import { PackageStarred, PackageUnstarred } from './star/star.ts'
import { TagRemoved, TagSet } from './tag/tag.ts'

export const registryEvents = [
  ProjectCreated,
  RepositoryCreated,
  RepositoryUpdated,
  RepositoryDeleted,
  packageVersion.PackageVersionPublished,
  packageVersion.PackageVersionDeprecated,
  packageVersion.PackageVersionUndeprecated,
  packageVersion.PackageVersionYanked,
  packageVersion.PackageVersionUnyanked,
  packageVersion.PackageVersionDeleted,
  PackageOwnerAdded,
  PackageOwnerRemoved,
  PackageStarred,
  PackageUnstarred,
  TagSet,
  TagRemoved,
  file.FileStored,
  file.FilePropertiesSet,
  file.FileDeleted,
] as const
