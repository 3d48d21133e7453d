import type { JSONEventData } from '@eventstore/db-client'
import type { WrittenEvent } from '../checked-append.ts'

const utf8 = new TextEncoder()

/**
 * An event as the client (6.2.1, pinned: its last release) sends it: the very bytes that were checked, marked as JSON.
 *
 * Given a JSON event the client serialises data by itself, when it gets to it and again at each attempt, and leaves out
 * metadata of `null`, `0`, `false` and `""`; it also takes twice as long, for it goes by way of base64. Given bytes it marks them
 * as binary, and neither the server's own views nor its projections can read them. But it reads `contentType` twice, first
 * to mark the event, then to choose how to serialise it. (A class, for there are many.)
 */
class ProposedEvent {
  readonly id: string
  readonly type: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
  #isMarked = false

  constructor({ id, type, data, metadata }: WrittenEvent) {
    this.id = id
    this.type = type
    this.data = utf8.encode(data)
    this.metadata = utf8.encode(metadata)
  }

  get contentType(): 'application/json' | 'application/octet-stream' {
    if (this.#isMarked) return 'application/octet-stream'
    this.#isMarked = true
    return 'application/json'
  }
}

/** Good for one attempt. */
export const proposedEvent = (event: WrittenEvent): JSONEventData =>
  new ProposedEvent(event) as unknown as JSONEventData
