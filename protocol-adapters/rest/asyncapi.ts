import { EVENT_TYPES } from '../../domain/event-catalogue.ts'
import { CLOUD_EVENT_TYPE_PREFIX } from '../../domain/live/cloud-event.ts'
import { isPublished } from '../../domain/live/live-event.ts'
import { cloudEventSchema, webhookHeadersSchema } from './asyncapi-envelope.ts'

const ref = (pointer: string) => ({ $ref: `#/${pointer}` })

const all = [...EVENT_TYPES.values()]
const published = all.filter(({ name }) => isPublished(name))

const refsOf = (channel: string, types: typeof all) =>
  types.map(({ name }) => ref(`channels/${channel}/messages/${name}`))
const messagesOf = (types: typeof all) =>
  Object.fromEntries(types.map(({ name }) => [name, ref(`components/messages/${name}`)]))

const messageOf = ({ name, summary }: (typeof all)[number]) => ({
  name: CLOUD_EVENT_TYPE_PREFIX + name,
  title: name,
  summary,
  contentType: 'application/cloudevents+json',
  payload: ref(`components/schemas/${name}`),
})

const signedMessageOf = (type: (typeof all)[number]) => ({
  ...messageOf(type),
  traits: [ref('components/messageTraits/signed')],
})

const channels = {
  webhook: {
    address: null,
    title: 'Webhooks',
    description:
      'A POST to the address that CreateWebhook was given, signed as Standard Webhooks has it. Every try of a delivery has the ' +
      'same webhook-id, which is the id of the event.',
    messages: Object.fromEntries(published.map((type) => [type.name, signedMessageOf(type)])),
    bindings: { http: {} },
  },
  events: {
    address: '/api/events',
    title: 'Server-sent events',
    description:
      'Events as they happen: `id:` is the position, `event:` the type, `data:` the CloudEvent. A client goes on by ' +
      'Last-Event-ID. The query is project, repository, and type once or more.',
    messages: messagesOf(all),
    bindings: { http: {} },
  },
  subjects: {
    address: 'waybill.events.{project}.{type}',
    title: 'NATS subjects',
    description:
      'Where WAYBILL_QUEUE names a NATS server: each event once, by JetStream. Nats-Msg-Id is the id of the event.',
    parameters: {
      project: { description: 'Name of the project, a dot in it written as %2E; _system for events of no project.' },
      type: { description: 'Type of the event.', enum: published.map(({ name }) => name) },
    },
    messages: messagesOf(published),
  },
}

const operation = (channel: keyof typeof channels, summary: string, types: typeof all) => ({
  action: 'send',
  channel: ref(`channels/${channel}`),
  summary,
  messages: refsOf(channel, types),
})

/** The envelope with the type and the data of one type of events. */
const envelopeOf = ({ name }: (typeof all)[number]) => ({
  allOf: [
    ref('components/schemas/CloudEvent'),
    {
      type: 'object',
      properties: { type: { const: CLOUD_EVENT_TYPE_PREFIX + name }, data: ref(`components/schemas/${name}Data`) },
    },
  ],
})

/**
 * The AsyncAPI 3.0 document of all events that go out: its schemas of data are those of the event catalogue, in the form that is
 * written today.
 */
export const asyncApiDocument = (version: string): object => ({
  asyncapi: '3.0.0',
  info: {
    title: 'Waybill events',
    version,
    description: 'What Waybill tells of changes, by webhooks, server-sent events and NATS, as CloudEvents 1.0 in JSON.',
  },
  defaultContentType: 'application/cloudevents+json',
  channels,
  operations: {
    deliverEvent: operation('webhook', 'Waybill sends an event to a webhook.', published),
    streamEvent: operation('events', 'Waybill writes an event to a stream.', all),
    publishEvent: operation('subjects', 'Waybill publishes an event to NATS.', published),
  },
  components: {
    messages: Object.fromEntries(all.map((type) => [type.name, messageOf(type)])),
    messageTraits: { signed: { headers: webhookHeadersSchema } },
    schemas: {
      CloudEvent: cloudEventSchema,
      ...Object.fromEntries(all.map((type) => [type.name, envelopeOf(type)])),
      ...Object.fromEntries(all.map(({ name, data }) => [`${name}Data`, data])),
    },
  },
})
