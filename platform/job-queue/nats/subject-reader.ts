import {
  AckPolicy,
  createInbox,
  DeliverPolicy,
  type JsMsg,
  type Msg,
  nanos,
  ReplayPolicy,
  type Subscription,
} from 'nats'
import type { NatsAccess } from './nats-connection.ts'

export interface ReadMessage {
  readonly seq: number
  readonly subject: string
  readonly data: Uint8Array
}

export interface SubjectReader {
  /** The server may have come back in an older state: reads everything again. */
  renew(): void
  stop(): void
}

interface Wanted {
  readonly access: NatsAccess
  readonly stream: string
  /** May have wildcards. */
  readonly subject: string
  readonly onMessage: (message: ReadMessage) => void
  /** Everything that was there when it began, or was renewed, has been given. */
  readonly onCaughtUp?: (() => void) | undefined
}

const HEARTBEAT_MS = 2000
/** Nothing was heard for so long: the consumer or the connection is gone. */
const SILENCE_MS = 5000
const AGAIN_MS = 250

/**
 * Reads what stands in a stream under a subject, in its order and from its start, and whatever comes, until it is stopped. The
 * consumer on the server is short-lived: whenever it is lost or has left something out, a new one goes on where it stood.
 */
export const readSubject = ({ access, stream, subject, onMessage, onCaughtUp }: Wanted): SubjectReader => {
  let subscription: Subscription | undefined
  let silence: NodeJS.Timeout | undefined
  let again: NodeJS.Timeout | undefined
  let lastSeq = 0
  let caughtUp = onCaughtUp
  let stopped = false

  const end = (): void => {
    clearTimeout(silence)
    clearTimeout(again)
    subscription?.unsubscribe()
    subscription = undefined
  }
  const beginAgain = (ms: number): void => {
    end()
    if (!stopped) again = setTimeout(begin, ms)
  }
  const heard = (): void => {
    clearTimeout(silence)
    silence = setTimeout(() => beginAgain(0), SILENCE_MS)
  }
  const isCaughtUp = (): void => {
    const tell = caughtUp
    caughtUp = undefined
    tell?.()
  }

  const begin = (): void => {
    if (!access.state.connected) {
      beginAgain(AGAIN_MS)
      return
    }
    let delivered = 0
    const inbox = createInbox()
    const own = access.connection.subscribe(inbox, {
      callback: (error, message) => {
        if (own !== subscription) return
        if (error !== null) {
          beginAgain(AGAIN_MS)
          return
        }
        heard()
        if (isStatus(message)) return
        const { deliverySequence, streamSequence, pending } = placeIn(message)
        if (deliverySequence !== delivered + 1) {
          beginAgain(0)
          return
        }
        delivered = deliverySequence
        lastSeq = streamSequence
        onMessage({ seq: streamSequence, subject: message.subject, data: message.data })
        if (pending === 0) isCaughtUp()
      },
    })
    subscription = own
    heard()
    access.streams.consumers
      .add(stream, {
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- of the client; the server pushes as ever, at half the work
        deliver_subject: inbox,
        filter_subject: subject,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: lastSeq + 1,
        ack_policy: AckPolicy.None,
        replay_policy: ReplayPolicy.Instant,
        flow_control: true,
        idle_heartbeat: nanos(HEARTBEAT_MS),
        inactive_threshold: nanos(SILENCE_MS),
        mem_storage: true,
      })
      .then(
        ({ num_pending, delivered: given }) => {
          if (own === subscription && num_pending === 0 && given.consumer_seq === 0) isCaughtUp()
        },
        () => {
          // the server is away or the stream is: both come back
          if (own === subscription) beginAgain(AGAIN_MS)
        },
      )
  }
  begin()

  return {
    renew() {
      lastSeq = 0
      caughtUp = onCaughtUp
      beginAgain(0)
    },
    stop() {
      stopped = true
      end()
    },
  }
}

/** Heartbeats and flow control come without data, with a status (JetStream, "Consumer Idle Heartbeats"); the latter is answered. */
const isStatus = (message: Msg): boolean => {
  if (message.headers?.code !== 100) return false
  message.respond()
  return true
}

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`, perhaps with a domain in front. */
const placeIn = (message: Msg): Pick<JsMsg['info'], 'deliverySequence' | 'streamSequence' | 'pending'> => {
  const parts = (message.reply ?? '').split('.')
  const [streamSequence, deliverySequence, , pending] = parts.slice(parts.length < 10 ? 5 : 7).map(Number)
  return { streamSequence: streamSequence ?? 0, deliverySequence: deliverySequence ?? 0, pending: pending ?? 0 }
}

/** What stands there now, at most so many of the oldest. Rejects when `signal` aborts. */
export const readAll = (
  wanted: Pick<Wanted, 'access' | 'stream' | 'subject'>,
  signal: AbortSignal,
  limit = Infinity,
): Promise<ReadMessage[]> =>
  new Promise((resolve, reject) => {
    const messages: ReadMessage[] = []
    const finish = (): void => {
      reader.stop()
      signal.removeEventListener('abort', giveUp)
      resolve(messages)
    }
    const giveUp = (): void => {
      reader.stop()
      reject(signal.reason as Error)
    }
    const reader = readSubject({
      ...wanted,
      onMessage: (message) => {
        if (messages.length < limit) messages.push(message)
        if (messages.length === limit) finish()
      },
      onCaughtUp: finish,
    })
    if (signal.aborted) giveUp()
    else signal.addEventListener('abort', giveUp, { once: true })
  })
