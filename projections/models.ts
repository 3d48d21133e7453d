import { accessModels } from './access-models.ts'
import { audit } from './audit/projection.ts'
import { files } from './files/projection.ts'
import { logClock } from './log-clock/projection.ts'
import { packageVersions } from './package-versions/projection.ts'
import { packages } from './packages/projection.ts'
import { projects } from './projects/projection.ts'
import type { ReadModel } from './read-model.ts'
import { repositories } from './repositories/projection.ts'
import { tags } from './tags/projection.ts'

/** Every read model of Waybill. */
export const READ_MODELS: readonly ReadModel[] = [
  projects,
  repositories,
  packages,
  packageVersions,
  tags,
  files,
  audit,
  logClock,
  ...accessModels,
]
