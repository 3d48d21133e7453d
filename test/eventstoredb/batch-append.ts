import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js'
import * as answers from './batch-answers.ts'
import { isAcceptable, type ProposedEvent, proposedIn } from './event-record.ts'
import { expectedIn } from './expected-revision.ts'
import { afterCommitTimeout, MAX_APPEND_BYTES, type NodeContext, refusalOf } from './node-context.ts'
import { nameIn, streamIdentifier, streams, uuid } from './protocol.ts'

interface OpenAppend {
  readonly correlationId: string
  readonly options: streams.BatchAppendReq.Options
  readonly events: ProposedEvent[]
  size: number
  answered: boolean
}

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>

/** BatchAppend: one call for a client's life, on which many appends travel, each in one or more messages. */
export const batchAppend =
  (node: NodeContext): handleBidiStreamingCall<streams.BatchAppendReq, streams.BatchAppendResp> =>
  (call) => {
    const open = new Map<string, OpenAppend>()
    const end = (error: Error): boolean => call.emit('error', error)
    node.standingCalls.add(end)
    call.on('close', () => node.standingCalls.delete(end))
    call.on('cancelled', () => node.standingCalls.delete(end))
    call.on('end', () => call.end())
    call.on('data', (request: streams.BatchAppendReq) => {
      const refusal = node.standing() === 'ready' ? refusalOf(node, call.metadata) : undefined
      if (refusal !== undefined) {
        end(refusal)
        return
      }
      const append = taken(open, request)
      if (append === undefined || append.answered) return
      if (append.size > MAX_APPEND_BYTES) {
        append.answered = true
        answer(call, append, answers.tooLarge)
      } else if (request.getIsFinal()) {
        void finish(node, call, append)
      }
    })
  }

/** Adds a message to its append; without options on the first message there is nothing to add it to, and no answer. */
const taken = (open: Map<string, OpenAppend>, request: streams.BatchAppendReq): OpenAppend | undefined => {
  const correlationId = request.getCorrelationId()?.getString() ?? ''
  const options = request.getOptions()
  if (options !== undefined) open.set(correlationId, { correlationId, options, events: [], size: 0, answered: false })
  const append = open.get(correlationId)
  for (const message of append === undefined ? [] : request.getProposedMessagesList()) {
    const event = proposedIn(message)
    append?.events.push(event)
    if (append !== undefined) append.size += event.data.length
  }
  if (request.getIsFinal()) open.delete(correlationId)
  return append
}

const unacceptable = answers.badRequest('an event has no type or no id')

const finish = async (node: NodeContext, call: Call, append: OpenAppend): Promise<void> => {
  const found = await answerTo(node, append)
  if (found !== undefined) answer(call, append, found)
  // An unacceptable append gets a second answer when the time for its commit, which never began, is over.
  if (found === undefined || found === unacceptable) {
    afterCommitTimeout(node, () => answer(call, append, answers.timedOut))
  }
}

/** Undefined: nothing is said until the server's time for a commit is over. */
const answerTo = async (
  node: NodeContext,
  { options, events }: OpenAppend,
): Promise<answers.BatchAnswer | undefined> => {
  const stream = nameIn(options.getStreamIdentifier())
  if (node.standing() === 'not-ready') return answers.serverNotReady
  if (stream === '') return answers.badRequest('the stream has no name')
  if (!events.every(isAcceptable)) return unacceptable
  const deadline = options.getDeadline()?.toDate()
  if (deadline !== undefined && deadline.getTime() <= node.clock.now()) return answers.timedOut
  if (node.standing() === 'leaderless') return undefined
  const expected = expectedIn(options, options.getStreamPosition())
  const outcome = node.writer.append(stream, events, expected)
  if (outcome.kind === 'unanswered') return undefined
  await node.log.settled()
  if (outcome.kind === 'deleted') return answers.deleted(stream)
  if (outcome.kind === 'conflict') return answers.conflicting(expected, outcome.actual)
  return answers.appended(outcome.revision, outcome.position)
}

const answer = (call: Call, { correlationId, options }: OpenAppend, fill: answers.BatchAnswer): void => {
  if (call.cancelled || !call.writable) return
  const response = new streams.BatchAppendResp()
    .setCorrelationId(uuid(correlationId))
    .setStreamIdentifier(streamIdentifier(nameIn(options.getStreamIdentifier())))
  fill(response)
  call.write(response)
}
