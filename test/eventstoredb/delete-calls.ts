import { type handleUnaryCall, type ServerUnaryCall, type ServiceError, status } from '@grpc/grpc-js'
import { type Expected, expectedIn } from './expected-revision.ts'
import { afterCommitTimeout, type NodeContext, refusalOf } from './node-context.ts'
import { nameIn, streams } from './protocol.ts'
import { commitTimeout, deleteConflict, failure, streamDeleted } from './statuses.ts'

/** Delete: the soft delete. */
export const deleteCall =
  (node: NodeContext): handleUnaryCall<streams.DeleteReq, streams.DeleteResp> =>
  (call, callback) =>
    serve(node, call, false, callback, (position) => {
      const at = new streams.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position)
      callback(null, new streams.DeleteResp().setPosition(at))
    })

export const tombstoneCall =
  (node: NodeContext): handleUnaryCall<streams.TombstoneReq, streams.TombstoneResp> =>
  (call, callback) =>
    serve(node, call, true, callback, (position) => {
      const at = new streams.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position)
      callback(null, new streams.TombstoneResp().setPosition(at))
    })

type DeleteRequest = streams.DeleteReq | streams.TombstoneReq
type DeleteOptions = streams.DeleteReq.Options | streams.TombstoneReq.Options

const serve = (
  node: NodeContext,
  call: ServerUnaryCall<DeleteRequest, unknown>,
  hard: boolean,
  fail: (error: ServiceError) => void,
  answer: (position: string) => void,
): void => {
  const refusal = refusalOf(node, call.metadata)
  const options = call.request.getOptions()
  if (refusal !== undefined) fail(refusal)
  else if (options === undefined) fail(failure(status.INVALID_ARGUMENT, 'the options are missing'))
  else if (node.standing() === 'leaderless') afterCommitTimeout(node, () => fail(commitTimeout()))
  else {
    void deleted(node, options, hard).then((found) => {
      if (typeof found === 'number') answer(String(found))
      else fail(found)
    })
  }
}

/** The position of what was written. */
const deleted = async (node: NodeContext, options: DeleteOptions, hard: boolean): Promise<number | ServiceError> => {
  const stream = nameIn(options.getStreamIdentifier())
  if (stream === '') return failure(status.INVALID_ARGUMENT, 'the stream has no name')
  const expected = expectedIn(options, options.getRevision())
  const outcome = node.writer.delete(stream, expected, hard)
  await node.log.settled()
  if (outcome.kind === 'deleted') return streamDeleted(stream)
  return outcome.kind === 'conflict' ? deleteConflict(stream, numberOf(expected), outcome.actual) : outcome.position
}

/** How the server writes an expected revision in a trailer. */
const numberOf = (expected: Expected): bigint => {
  if (typeof expected === 'bigint') return expected
  return { any: -2n, 'no-stream': -1n, 'stream-exists': -4n }[expected]
}
