import type { Actor } from '../metadata.ts'
import type { SeenEvent } from './event-sight.ts'

/** Before the type of an event, in the type of its CloudEvent. */
export const CLOUD_EVENT_TYPE_PREFIX = 'waybill.'

/** Of the JSON format in structured mode (CloudEvents JSON format 1.0.2, section 3). */
export const CLOUD_EVENT_CONTENT_TYPE = 'application/cloudevents+json; charset=utf-8'

/**
 * CloudEvents 1.0 in structured mode, as webhooks, `/api/events` and NATS subjects carry it. The extensions are those that
 * CloudEvents documents: `sequence`, `correlationid`, and the auth context (`authtype`, `authid`, `authclaims`).
 */
export interface CloudEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly type: string
  /** `/projects/{project}/repositories/{repository}`, `/projects/{project}`, or `/` for the system. */
  readonly source: string
  /** Left out where there is none: it must not be empty. */
  readonly subject?: string
  /** RFC 3339. */
  readonly time: string
  readonly datacontenttype: 'application/json'
  /** The position in the log: 20 digits whose order is log order. */
  readonly sequence: string
  readonly correlationid: string
  /** Who acted: `user` and `service_account` are accounts, `system` is Waybill itself. */
  readonly authtype: 'user' | 'service_account' | 'system'
  /** The id of the account, or the part of Waybill that acted. */
  readonly authid: string
  /** `{"via":"password"}` and the like, as JSON text; only for those who may read the audit trail there. */
  readonly authclaims?: string
  /** As the event reference has it for the type. */
  readonly data: unknown
}

const AUTH_TYPES: Readonly<Record<Actor['kind'], CloudEvent['authtype']>> = {
  human: 'user',
  service: 'service_account',
  system: 'system',
}

const sourceOf = (project: string | null, repository: string | null): string => {
  if (project === null) return '/'
  return repository === null ? `/projects/${project}` : `/projects/${project}/repositories/${repository}`
}

export const cloudEventOf = ({ event, audited }: SeenEvent): CloudEvent => {
  const { id, type, project, repository, subject, time, position, correlationId, actor, data } = event
  return {
    specversion: '1.0',
    id,
    type: CLOUD_EVENT_TYPE_PREFIX + type,
    source: sourceOf(project, repository),
    ...(subject === null || subject === '' ? {} : { subject }),
    time,
    datacontenttype: 'application/json',
    sequence: position,
    correlationid: correlationId,
    authtype: AUTH_TYPES[actor.kind],
    authid: actor.id,
    ...(audited ? { authclaims: JSON.stringify({ via: actor.via }) } : {}),
    data,
  }
}
