import type { CloudEvent } from '../../domain/live/cloud-event.ts'

type Fields = Record<keyof CloudEvent, object>

const text = (description: string, more: object = {}) => ({ type: 'string', description, ...more })

const fields: Fields = {
  specversion: { const: '1.0' },
  id: text('id of the event: the same however often it is delivered', { format: 'uuid' }),
  type: text('waybill. and the type of the event', { pattern: '^waybill\\.[A-Za-z]+$' }),
  source: text('where it happened: a repository, a project, or / for the system', {
    pattern: '^/(projects/[^/]+(/repositories/[^/]+)?)?$',
  }),
  subject: text('what it is about, such as ms@2.1.3; left out where there is none', { minLength: 1 }),
  time: text('when it happened', { format: 'date-time' }),
  datacontenttype: { const: 'application/json' },
  sequence: text('position in the log: their order is its order', { pattern: '^[0-9]{20}$' }),
  correlationid: text('the request that began the story this event belongs to'),
  authtype: { enum: ['user', 'service_account', 'system'] },
  authid: text('id of the account that acted, or the part of Waybill'),
  authclaims: text('by what means it signed in, as JSON; only for those who may read the audit trail there'),
  data: { type: 'object' },
}

const OPTIONAL: ReadonlySet<string> = new Set<keyof CloudEvent>(['subject', 'authclaims'])

/** JSON Schema of the envelope that every event goes out in; what `data` holds depends on the type. */
export const cloudEventSchema = {
  type: 'object',
  description: 'CloudEvents 1.0 in structured mode.',
  required: Object.keys(fields).filter((name) => !OPTIONAL.has(name)),
  properties: fields,
  additionalProperties: false,
}

/** Headers of a delivery to a webhook (Standard Webhooks 1.0.0). */
export const webhookHeadersSchema = {
  type: 'object',
  required: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
  properties: {
    'webhook-id': text('id of the event'),
    'webhook-timestamp': text('when this try was signed, in seconds since the epoch', { pattern: '^[0-9]+$' }),
    'webhook-signature': text(
      'v1, and the base64 of HMAC-SHA256 over id.timestamp.body; several while the secret is rotated',
      {
        pattern: '^v1,[A-Za-z0-9+/]+=*( v1,[A-Za-z0-9+/]+=*)*$',
      },
    ),
  },
}
