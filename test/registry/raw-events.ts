import type { EventMetadata } from '../../domain/metadata.ts'
import { NO_STREAM, type AppendResult, type EventStore, type NewEvent } from '../../platform/event-store/event-store.ts'
import { newId } from '../../platform/ids.ts'

/** An event as the pipeline would write it, with any data and any instant. */
export const rawEvent = (type: string, data: unknown, at = '2026-03-01T12:00:00.000Z'): NewEvent => {
  const commandId = newId()
  const metadata: EventMetadata = {
    schemaVersion: 1,
    actor: { kind: 'system', id: 'test', via: 'system' },
    at,
    correlationId: commandId,
    causationId: commandId,
    commandId,
  }
  return { id: newId(), type, data, metadata }
}

/** A published version of a repository that needs not exist. */
export const rawVersion = (name: string, version: string, fields: Readonly<Record<string, unknown>> = {}): NewEvent => {
  const place = { repositoryId: 'r1', project: 'main', repository: 'npm', format: 'npm' }
  const content = { files: [], manifest: 'b'.repeat(64), tags: ['latest'] }
  return rawEvent('PackageVersionPublished', { ...place, package: name, version, ...content, ...fields })
}

/** Appends to a stream of its own. */
export const appendAlone = (store: EventStore, ...events: readonly NewEvent[]): Promise<AppendResult> =>
  store.append(`raw-${newId().replaceAll('-', '')}`, events, NO_STREAM)
