import { randomUUID } from 'node:crypto'
import type { NewEvent } from '../../platform/event-store/event-store.ts'

const data = {
  project: 'main',
  repository: 'npm',
  package: '@example/left-pad',
  version: '1.2.3',
  files: [{ name: 'left-pad-1.2.3.tgz', sha256: 'ab'.repeat(32), sha512: 'cd'.repeat(64), size: 12_345 }],
  tags: ['latest'],
}

const metadata = {
  schemaVersion: 1,
  actor: { kind: 'human', id: randomUUID(), via: 'token' },
  at: '2026-11-24T12:00:00.000Z',
  correlationId: randomUUID(),
  commandId: randomUUID(),
}

/**
 * An event of the size of a package version's. All share their content: thousands are made before the clock starts, and to
 * collect the garbage of that is not what is measured.
 */
export const sampleEvent = (): NewEvent => ({ id: randomUUID(), type: 'PackageVersionPublished', data, metadata })

export const sampleStream = (): string => `packageVersion-${randomUUID()}`

/** Data and metadata of a sample together. */
export const SAMPLE_BYTES = JSON.stringify(data).length + JSON.stringify(metadata).length
