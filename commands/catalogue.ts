import type { Command } from './command.ts'
import { accessCommands } from './access/index.ts'
import { deleteFile, setFileProperties } from './registry/change-file.ts'
import { addPackageOwner, removePackageOwner } from './registry/change-owners.ts'
import { deleteVersion, deprecateVersion, yankVersion } from './registry/change-version.ts'
import { copyFile, moveFile } from './registry/copy-file.ts'
import { createProject } from './registry/create-project.ts'
import { createRepository } from './registry/create-repository.ts'
import { publishPackageVersion } from './registry/publish-package-version.ts'
import { removeTag, setTag } from './registry/set-tag.ts'
import { starPackage, unstarPackage } from './registry/star-package.ts'
import { storeFile } from './registry/store-file.ts'
import { deleteRepository, updateRepository } from './registry/update-repository.ts'
import { dropJob, retryJob } from './work/change-job.ts'
import { webhookCommands } from './webhooks/index.ts'

/** Every command that Waybill carries out: REST, OpenAPI, GraphQL mutations and the command line are made from it. */
export const CATALOGUE: readonly Command[] = [
  createProject,
  createRepository,
  updateRepository,
  deleteRepository,
  publishPackageVersion,
  deprecateVersion,
  yankVersion,
  deleteVersion,
  setTag,
  removeTag,
  addPackageOwner,
  removePackageOwner,
  starPackage,
  unstarPackage,
  storeFile,
  deleteFile,
  setFileProperties,
  copyFile,
  moveFile,
  ...accessCommands,
  retryJob,
  dropJob,
  ...webhookCommands,
] as unknown as readonly Command[]
