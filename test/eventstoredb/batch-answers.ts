import anyMessage from 'google-protobuf/google/protobuf/any_pb.js'
import emptyMessage from 'google-protobuf/google/protobuf/empty_pb.js'
import { type Expected, repeatExpected } from './expected-revision.ts'
import { MAX_APPEND_BYTES } from './node-context.ts'
import { rpc, shared, streamIdentifier, streams } from './protocol.ts'

/** The part of a BatchAppendResp that says how the append went; who asks adds the correlation id and the stream. */
export type BatchAnswer = (answer: streams.BatchAppendResp) => void

interface Packable {
  serializeBinary(): Uint8Array
}

const empty = new emptyMessage.Empty()

const failed =
  (code: number, message: string, details: Packable, typeName = `event_store.client.${message}`): BatchAnswer =>
  (answer) => {
    const packed = new anyMessage.Any()
    packed.pack(details.serializeBinary(), typeName)
    answer.setError(new rpc.Status().setCode(code).setMessage(message).setDetails(packed))
  }

export const appended = (revision: number, at: number): BatchAnswer => {
  const position = String(at)
  return (answer) =>
    answer.setSuccess(
      new streams.BatchAppendResp.Success()
        .setCurrentRevision(String(revision))
        .setPosition(new shared.AllStreamPosition().setCommitPosition(position).setPreparePosition(position)),
    )
}

export const conflicting = (expected: Expected, actual: number): BatchAnswer => {
  const details = new shared.WrongExpectedVersion()
  if (actual < 0) details.setCurrentNoStream(empty)
  else details.setCurrentStreamRevision(String(actual))
  repeatExpected(details, expected, empty, (revision) => details.setExpectedStreamPosition(revision))
  return failed(6, 'WrongExpectedVersion', details)
}

export const deleted = (stream: string): BatchAnswer =>
  failed(5, 'StreamDeleted', new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)))

export const tooLarge: BatchAnswer = failed(
  3,
  'MaximumAppendSizeExceeded',
  new shared.MaximumAppendSizeExceeded().setMaxappendsize(MAX_APPEND_BYTES),
)

export const timedOut: BatchAnswer = failed(4, 'Timeout', new shared.Timeout())

export const badRequest = (message: string): BatchAnswer =>
  failed(3, 'BadRequest', new shared.BadRequest().setMessage(message))

/** With a code of 0, as the server has it. */
export const serverNotReady: BatchAnswer = failed(0, 'Server Is Not Ready', empty, 'google.protobuf.Empty')
