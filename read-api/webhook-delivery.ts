import { DomainError } from '../domain/errors.ts'
import { DELIVERY_PURPOSES, DELIVERY_STATES } from '../platform/delivery-log/delivery-rows.ts'
import { attemptsOf, type ListedAttempt } from '../platform/delivery-log/delivery-queries.ts'
import { builder } from './builder.ts'
import { connectionOf } from './connection.ts'
import { opaqueCursors, type Cursors } from './cursor.ts'
import { WebhookRef } from './nodes.ts'

/** Bodies of up to 16 KiB. */
const BODY_COST = 5

const upper = <const T extends string>(value: T): Uppercase<T> =>
  value.replaceAll('-', '_').toUpperCase() as Uppercase<T>

/** In GraphQL names have no hyphen. */
const enumOf = <const T extends string>(name: string, values: readonly T[], description: string) =>
  builder.enumType(name, {
    description,
    values: Object.fromEntries(values.map((value) => [upper(value), { value }])),
  })

const DeliveryStateEnum = enumOf(
  'WebhookDeliveryState',
  DELIVERY_STATES,
  'What came of a try. GIVEN_UP: it is not tried again. PAUSED: the webhook was paused because of it.',
)
const DeliveryPurposeEnum = enumOf('WebhookDeliveryPurpose', DELIVERY_PURPOSES, 'Why an event was delivered.')

const SentHeaderRef = builder.objectRef<readonly [name: string, value: string]>('WebhookDeliveryHeader').implement({
  description: 'A header of a request or an answer.',
  fields: (t) => ({
    name: t.string({ resolve: ([name]) => name }),
    value: t.string({ description: '[hidden] when it is secret.', resolve: ([, value]) => value }),
  }),
})

const headersOf = (headers: Readonly<Record<string, string>> | null) => Object.entries(headers ?? {})

const DeliveryRef = builder.objectRef<ListedAttempt>('WebhookDelivery').implement({
  description: 'One try of a delivery. Kept for 30 days.',
  fields: (t) => ({
    deliveryId: t.exposeString('deliveryId', {
      description: 'The same for every try; what RedeliverWebhook takes.',
    }),
    attempt: t.exposeInt('attempt', { description: 'Which try it was, from 1.' }),
    at: t.expose('at', { type: 'Instant' }),
    durationMs: t.exposeInt('durationMs'),
    state: t.field({ type: DeliveryStateEnum, resolve: ({ state }) => state }),
    purpose: t.field({ type: DeliveryPurposeEnum, resolve: ({ purpose }) => purpose }),
    eventId: t.exposeString('eventId'),
    eventType: t.exposeString('eventType'),
    subject: t.exposeString('subject', { nullable: true }),
    position: t.expose('position', { type: 'Position', description: 'Of the event.' }),
    status: t.exposeInt('status', { nullable: true, description: 'Null: there was no answer.' }),
    error: t.exposeString('error', { nullable: true, description: 'What was wrong, in a sentence.' }),
    requestHeaders: t.field({ type: [SentHeaderRef], resolve: ({ requestHeaders }) => headersOf(requestHeaders) }),
    requestBody: t.exposeString('requestBody', { complexity: BODY_COST, description: 'The first 16 KiB.' }),
    requestTruncated: t.exposeBoolean('requestTruncated'),
    responseHeaders: t.field({ type: [SentHeaderRef], resolve: ({ responseHeaders }) => headersOf(responseHeaders) }),
    responseBody: t.exposeString('responseBody', {
      nullable: true,
      complexity: BODY_COST,
      description: 'The first 4 KiB; null: there was no answer.',
    }),
    responseTruncated: t.exposeBoolean('responseTruncated'),
  }),
})

export const DeliveryConnection = builder.connectionObject({ type: DeliveryRef, name: 'WebhookDeliveryConnection' })

const cursors = opaqueCursors('deliveries', 1)

/** A cursor of somebody's own making must not reach the database as a number that is none. */
const attemptCursors: Cursors = {
  cursorOf: cursors.cursorOf,
  keyOf: (cursor) => {
    const key = cursors.keyOf(cursor)
    if (/^\d{1,18}$/.test(key[0] ?? '')) return key
    throw new DomainError('invalid-input', 'The cursor in "after" is not one that this list gave out.')
  },
}

builder.objectField(WebhookRef, 'deliveries', (t) =>
  t.field({
    type: DeliveryConnection,
    description: 'What was sent and answered in the last 30 days, newest first, each try by itself.',
    args: { first: t.arg.int(), after: t.arg.string() },
    // Whoever sees a webhook manages its scope: what was answered is for them.
    resolve: ({ webhookId }, page, { api }) =>
      connectionOf(page, {
        cursors: attemptCursors,
        fetch: (after, limit) =>
          attemptsOf(api.sql, webhookId, { before: after?.[0] === undefined ? undefined : BigInt(after[0]), limit }),
        keyOf: ({ attemptId }) => [String(attemptId)],
        visible: () => true,
        nodeOf: (row) => row,
      }),
  }),
)
