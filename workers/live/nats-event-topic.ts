import { connect, headers, type JetStreamClient, type NatsConnection } from 'nats'
import { cloudEventOf, CLOUD_EVENT_CONTENT_TYPE, type CloudEvent } from '../../domain/live/cloud-event.ts'
import { seenWhole } from '../../domain/live/event-sight.ts'
import type { LiveEvent } from '../../domain/live/live-event.ts'
import { justBefore, type Position } from '../../platform/event-store/event-store.ts'
import type { Log } from '../../platform/log/log.ts'
import { SUBJECT_PREFIX, subjectOfEvent } from './event-subject.ts'
import type { EventTopic } from './event-topic.ts'

export interface NatsServers {
  /** `nats://host:port` each. */
  readonly servers: readonly string[]
  readonly credentials?: { readonly user: string; readonly pass: string } | undefined
  /** The connection is made by TLS. */
  readonly tls: boolean
}

export interface NatsEventTopicOptions extends NatsServers {
  /** Positions of another log mean nothing here. */
  readonly storeId: string
  readonly log: Pick<Log, 'info'>
}

/** The stream that keeps what was published. An operator may make it first, with other limits or replicas. */
export const EVENTS_STREAM = 'WAYBILL_EVENTS'

const POSITION_HEADER = 'Waybill-Position'
const STORE_HEADER = 'Waybill-Store'
const NANOSECONDS = 1_000_000
const KEPT_MS = 7 * 86_400_000
const KEPT_BYTES = 1_073_741_824
/** How long the server knows an event's id: what is published again within it is dropped there. */
const DUPLICATES_MS = 600_000
const ANSWER_MS = 5000
/** JetStream's code for a stream that there is not. */
const STREAM_NOT_FOUND = 10059
const NO_MESSAGE_FOUND = 10037

const jetStreamCode = (error: unknown): number | undefined =>
  (error as { api_error?: { err_code?: number } }).api_error?.err_code

/** What is too large for the server goes without its data, and says where that is (CloudEvents extension `dataref`). */
const withoutData = ({ data: _, datacontenttype: __, ...rest }: CloudEvent): object => ({
  ...rest,
  dataref: `/api/events?after=${justBefore(rest.sequence)}`,
})

const encoder = new TextEncoder()

const payloadOf = (event: LiveEvent, most: number): Uint8Array => {
  const cloudEvent = cloudEventOf(seenWhole(event))
  const whole = encoder.encode(JSON.stringify(cloudEvent))
  return whole.length <= most ? whole : encoder.encode(JSON.stringify(withoutData(cloudEvent)))
}

/** Headers count towards the size of a message. */
const HEADER_BYTES = 1024

interface Connected {
  readonly connection: NatsConnection
  readonly jetStream: JetStreamClient
  readonly streams: Awaited<ReturnType<NatsConnection['jetstreamManager']>>
}

const reach = async ({ servers, credentials, tls }: NatsServers): Promise<Connected> => {
  const connection = await connect({
    servers: [...servers],
    name: 'waybill live events',
    timeout: ANSWER_MS,
    // a connection that broke is made anew by whoever asks next, who then looks where to go on
    reconnect: false,
    ...credentials,
    ...(tls ? { tls: {} } : {}),
  })
  try {
    return {
      connection,
      jetStream: connection.jetstream({ timeout: ANSWER_MS }),
      streams: await connection.jetstreamManager({ timeout: ANSWER_MS }),
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** A JetStream stream of CloudEvents. Its last sequence is named with every event: two who publish cannot mix. */
export const openNatsEventTopic = (options: NatsEventTopicOptions): EventTopic => {
  const { storeId, log } = options
  let connected: Connected | undefined
  /** The sequence of the last message in the stream, as far as this process knows. */
  let sequence = 0

  const connection = async (): Promise<Connected> => {
    if (connected?.connection.isClosed() === false) return connected
    connected = await reach(options)
    return connected
  }

  const lastSequence = async ({ streams }: Connected): Promise<number> => {
    try {
      return (await streams.streams.info(EVENTS_STREAM)).state.last_seq
    } catch (error) {
      if (jetStreamCode(error) !== STREAM_NOT_FOUND) throw error
    }
    const made = await streams.streams.add({
      name: EVENTS_STREAM,
      subjects: [`${SUBJECT_PREFIX}.>`],
      max_age: KEPT_MS * NANOSECONDS,
      max_bytes: KEPT_BYTES,
      duplicate_window: DUPLICATES_MS * NANOSECONDS,
    })
    log.info({ stream: EVENTS_STREAM }, 'the stream for live events was made on NATS')
    return made.state.last_seq
  }

  const positionAt = async ({ streams }: Connected, seq: number): Promise<Position | undefined> => {
    try {
      const { header } = await streams.streams.getMessage(EVENTS_STREAM, { seq })
      return header.get(STORE_HEADER) === storeId ? header.get(POSITION_HEADER) : undefined
    } catch (error) {
      if (jetStreamCode(error) === NO_MESSAGE_FOUND) return undefined
      throw error
    }
  }

  const send = ({ connection: { info }, jetStream }: Connected, event: LiveEvent, lastSequence: number) => {
    const named = headers()
    named.set('Content-Type', CLOUD_EVENT_CONTENT_TYPE)
    named.set(POSITION_HEADER, event.position)
    named.set(STORE_HEADER, storeId)
    return jetStream.publish(subjectOfEvent(event), payloadOf(event, (info?.max_payload ?? 0) - HEADER_BYTES), {
      msgID: event.id,
      expect: { streamName: EVENTS_STREAM, lastSequence },
      headers: named,
      timeout: ANSWER_MS,
    })
  }

  return {
    async lastPublished() {
      const reached = await connection()
      sequence = await lastSequence(reached)
      return sequence === 0 ? undefined : await positionAt(reached, sequence)
    },

    async publish(events) {
      const reached = await connection()
      let left = events
      while (left.length > 0) {
        const outcomes = await Promise.allSettled(left.map((event, index) => send(reached, event, sequence + index)))
        const failed = outcomes.findIndex(({ status }) => status === 'rejected')
        const done = failed < 0 ? outcomes : outcomes.slice(0, failed)
        const repeated = done.some((outcome) => outcome.status === 'fulfilled' && outcome.value.duplicate)
        const failure = outcomes[failed]
        // what the server had already took no place in the stream, so those behind it named the wrong one
        if (failure?.status === 'rejected' && !repeated) throw failure.reason
        sequence = repeated ? await lastSequence(reached) : sequence + done.length
        left = left.slice(done.length)
      }
    },

    async close() {
      await connected?.connection.close()
    },
  }
}
