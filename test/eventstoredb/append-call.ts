import { type handleClientStreamingCall, type sendUnaryData, type ServiceError, status } from '@grpc/grpc-js'
import { isAcceptable, type ProposedEvent, proposedIn } from './event-record.ts'
import { type Expected, expectedIn, repeatExpected } from './expected-revision.ts'
import { afterCommitTimeout, MAX_APPEND_BYTES, type NodeContext, refusalOf } from './node-context.ts'
import { EMPTY, nameIn, streams } from './protocol.ts'
import { appendTooLarge, commitTimeout, failure, streamDeleted } from './statuses.ts'

/** Append: one call for one append, which the client uses when it was given credentials for it. */
export const appendCall =
  (node: NodeContext): handleClientStreamingCall<streams.AppendReq, streams.AppendResp> =>
  (call, callback) => {
    let options: streams.AppendReq.Options | undefined
    const events: ProposedEvent[] = []
    call.on('data', (request: streams.AppendReq) => {
      options ??= request.getOptions()
      const message = request.getProposedMessage()
      if (message !== undefined) events.push(proposedIn(message))
    })
    call.on('end', () => {
      const refusal = refusalOf(node, call.metadata)
      if (refusal !== undefined) callback(refusal)
      else if (options === undefined) callback(failure(status.INVALID_ARGUMENT, 'the options are missing'))
      else void answerTo(node, options, events).then((answer) => reply(node, answer, callback))
    })
  }

const reply = (
  node: NodeContext,
  answer: streams.AppendResp | ServiceError | undefined,
  callback: sendUnaryData<streams.AppendResp>,
): void => {
  if (answer === undefined) afterCommitTimeout(node, () => callback(commitTimeout()))
  else if (answer instanceof Error) callback(answer)
  else callback(null, answer)
}

/** Undefined: nothing is said until the server's time for a commit is over. */
const answerTo = async (
  node: NodeContext,
  options: streams.AppendReq.Options,
  events: readonly ProposedEvent[],
): Promise<streams.AppendResp | ServiceError | undefined> => {
  const stream = nameIn(options.getStreamIdentifier())
  if (events.reduce((sum, { data }) => sum + data.length, 0) > MAX_APPEND_BYTES) return appendTooLarge(MAX_APPEND_BYTES)
  if (stream === '' || !events.every(isAcceptable)) {
    return failure(status.INVALID_ARGUMENT, 'an event has no type or no id, or the stream no name')
  }
  if (node.standing() === 'leaderless') return undefined
  const expected = expectedIn(options, options.getRevision())
  const outcome = node.writer.append(stream, events, expected)
  if (outcome.kind === 'unanswered') return undefined
  await node.log.settled()
  if (outcome.kind === 'deleted') return streamDeleted(stream)
  const answer = new streams.AppendResp()
  if (outcome.kind === 'conflict') return answer.setWrongExpectedVersion(conflictOf(expected, outcome.actual))
  const position = String(outcome.position)
  return answer.setSuccess(
    new streams.AppendResp.Success()
      .setCurrentRevision(String(outcome.revision))
      .setPosition(new streams.AppendResp.Position().setCommitPosition(position).setPreparePosition(position)),
  )
}

/** A conflict is an answer of this call, not a status. */
const conflictOf = (expected: Expected, actual: number): streams.AppendResp.WrongExpectedVersion => {
  const conflict = new streams.AppendResp.WrongExpectedVersion()
  if (actual < 0) conflict.setCurrentNoStream(EMPTY)
  else conflict.setCurrentRevision(String(actual))
  repeatExpected(conflict, expected, EMPTY, (revision) => conflict.setExpectedRevision(revision))
  return conflict
}
