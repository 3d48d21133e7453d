import { type shared, streamIdentifier, streams, uuid } from './protocol.ts'

export interface ProposedEvent {
  /** A UUID in lower case. */
  readonly id: string
  readonly type: string
  readonly contentType: string
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export interface PlacedEvent extends ProposedEvent {
  readonly stream: string
  /** `TOMBSTONE` for the event that closes a stream for ever. */
  readonly revision: number
  readonly position: number
  /** Milliseconds since the Unix epoch. */
  readonly createdAt: number
}

/** What the log's index is made of; the rest of an event stays bytes. */
export interface EventHeader {
  readonly stream: string
  readonly type: string
  readonly revision: number
  readonly position: number
  /** Bytes of the whole record. */
  readonly size: number
}

/** Stands for revision 9223372036854775807, which a number cannot hold. */
export const TOMBSTONE = Number.POSITIVE_INFINITY

const HEADER = 44
const ID_AT = 28

/**
 * One event as it is kept in memory and in the file: a header (size, length of the stream's name, length of the type,
 * position, revision, id), both names, and the ready answer of a Read call.
 */
export const encodeRecord = (event: PlacedEvent): Buffer => {
  const stream = Buffer.from(event.stream)
  const type = Buffer.from(event.type)
  const answer = answerOf(event)
  const record = Buffer.allocUnsafe(HEADER + stream.length + type.length + answer.length)
  record.writeUInt32LE(record.length, 0)
  record.writeUInt32LE(stream.length, 4)
  record.writeUInt32LE(type.length, 8)
  record.writeDoubleLE(event.position, 12)
  record.writeDoubleLE(event.revision, 20)
  record.write(event.id.replaceAll('-', ''), ID_AT, 'hex')
  stream.copy(record, HEADER)
  type.copy(record, HEADER + stream.length)
  record.set(answer, HEADER + stream.length + type.length)
  return record
}

export const headerIn = (bytes: Buffer, at: number): EventHeader => {
  const names = at + HEADER
  const types = names + bytes.readUInt32LE(at + 4)
  return {
    size: bytes.readUInt32LE(at),
    position: bytes.readDoubleLE(at + 12),
    revision: bytes.readDoubleLE(at + 20),
    stream: bytes.toString('utf8', names, types),
    type: bytes.toString('utf8', types, types + bytes.readUInt32LE(at + 8)),
  }
}

export const idIn = (bytes: Buffer, at: number): string =>
  bytes.toString('hex', at + ID_AT, at + HEADER).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

/** The ReadResp that carries the event. */
export const answerIn = (bytes: Buffer, at: number): Buffer =>
  bytes.subarray(at + HEADER + bytes.readUInt32LE(at + 4) + bytes.readUInt32LE(at + 8), at + bytes.readUInt32LE(at))

const answerOf = (event: PlacedEvent): Uint8Array => {
  const position = String(event.position)
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(uuid(event.id))
    .setStreamIdentifier(streamIdentifier(event.stream))
    .setStreamRevision(event.revision === TOMBSTONE ? '9223372036854775807' : String(event.revision))
    .setPreparePosition(position)
    .setCommitPosition(position)
    .setData(event.data)
    .setCustomMetadata(event.metadata)
  recorded
    .getMetadataMap()
    .set('type', event.type)
    .set('content-type', event.contentType)
    // Ticks of 100 ns, beyond what a number holds exactly.
    .set('created', `${event.createdAt}0000`)
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(position)
  return new streams.ReadResp().setEvent(read).serializeBinary()
}

export const dataIn = (answer: Buffer): Buffer => {
  const data = streams.ReadResp.deserializeBinary(answer).getEvent()?.getEvent()?.getData_asU8()
  return Buffer.from(data ?? new Uint8Array())
}

/** With `resolveLinkTos` an event that points at another comes with it, or alone when there is nothing where it points. */
export const linkAnswer = (link: Buffer, target: Buffer | undefined): Uint8Array => {
  const linked = streams.ReadResp.deserializeBinary(link).getEvent()
  const event = target && streams.ReadResp.deserializeBinary(target).getEvent()?.getEvent()
  const read = new streams.ReadResp.ReadEvent()
    .setLink(linked?.getEvent())
    .setCommitPosition(linked?.getCommitPosition() ?? '0')
  if (event !== undefined) read.setEvent(event)
  return new streams.ReadResp().setEvent(read).serializeBinary()
}

/** The events of a client's request; ids are kept in lower case. */
export const proposedIn = (
  message: streams.BatchAppendReq.ProposedMessage | streams.AppendReq.ProposedMessage,
): ProposedEvent => ({
  id: idOf(message.getId()),
  type: message.getMetadataMap().get('type') ?? '',
  contentType: message.getMetadataMap().get('content-type') ?? '',
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
})

const idOf = (id: shared.UUID | undefined): string => id?.getString().toLowerCase() ?? ''

/** An event needs a type, and for its id a UUID that is not all zeros. */
export const isAcceptable = ({ id, type }: ProposedEvent): boolean =>
  type !== '' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) && /[^0-]/.test(id)
