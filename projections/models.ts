import { accessModels } from './access-models.ts'
import { audit } from './audit/projection.ts'
import { files } from './files/projection.ts'
import { logClock } from './log-clock/projection.ts'
import { packageVersions } from './package-versions/projection.ts'
import { packageStars } from './package-stars/projection.ts'
import { packages } from './packages/projection.ts'
import { projects } from './projects/projection.ts'
import type { ReadModel } from './read-model.ts'
import { tags } from './tags/projection.ts'
import { webhooks } from './webhooks/projection.ts'

/** Every read model of Waybill. */
export const READ_MODELS: readonly ReadModel[] = [
  projects,
  packages,
  packageVersions,
  tags,
  packageStars,
  files,
  audit,
  logClock,
  webhooks,
  ...accessModels,
]
