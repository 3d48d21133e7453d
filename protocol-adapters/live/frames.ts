import { cloudEventOf } from '../../domain/live/cloud-event.ts'
import type { SeenEvent } from '../../domain/live/event-sight.ts'
import type { LiveEvent } from '../../domain/live/live-event.ts'
import type { Position } from '../../platform/event-store/event-store.ts'

/** Where a client goes on that has seen no event since: it takes the id, and is given nothing (HTML standard, 9.2.6). */
const resumingAt = (position: Position): string => `id: ${position}\n\n`

/** The first words of a stream: when to come back after it ends, in milliseconds, and from where. */
export const openingFrame = (position: Position, retryMs: number): Buffer =>
  Buffer.from(`retry: ${retryMs}\n${resumingAt(position)}`)

/** A comment, so that nothing on the way takes the silence for a dead connection. */
export const heartbeatFrame = (position: Position): Buffer => Buffer.from(`:\n${resumingAt(position)}`)

/** The last words, for people who look at it. */
export const closingFrame = (reason: string): Buffer => Buffer.from(`: ${reason}\n\n`)

const frameOf = (seen: SeenEvent): Buffer => {
  const { type, position } = seen.event
  return Buffer.from(`id: ${position}\nevent: ${type}\ndata: ${JSON.stringify(cloudEventOf(seen))}\n\n`)
}

const forAuditors = new WeakMap<LiveEvent, Buffer>()
const forReaders = new WeakMap<LiveEvent, Buffer>()

/** An event as it goes over the wire, made once for all who see the same of it. */
export const eventFrame = (seen: SeenEvent): Buffer => {
  const made = seen.audited ? forAuditors : forReaders
  let frame = made.get(seen.event)
  if (frame === undefined) {
    frame = frameOf(seen)
    made.set(seen.event, frame)
  }
  return frame
}
