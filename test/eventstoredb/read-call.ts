import { type handleServerStreamingCall, type ServerWritableStream, type ServiceError, status } from '@grpc/grpc-js'
import type { EventLog } from './event-log.ts'
import { readAllPage, readStreamPage } from './read-pages.ts'
import { type NodeContext, refusalOf } from './node-context.ts'
import { Outlet } from './outlet.ts'
import type { streams } from './protocol.ts'
import { failure } from './statuses.ts'
import { subscribeToAll, subscribeToStream } from './subscriptions.ts'

/** Read: four things in one call, a page of a stream or of all, and a subscription to either. Answers are ready bytes. */
export const readCall =
  (node: NodeContext): handleServerStreamingCall<streams.ReadReq, Uint8Array> =>
  (call) => {
    const outlet = new Outlet(call)
    const refusal = refusalOf(node, call.metadata)
    if (refusal !== undefined) outlet.fail(refusal)
    else void serve(node, call, outlet)
  }

const serve = async (
  node: NodeContext,
  call: ServerWritableStream<streams.ReadReq, Uint8Array>,
  outlet: Outlet,
): Promise<void> => {
  const end = outlet.fail.bind(outlet)
  const options = call.request.getOptions()
  if (options?.hasSubscription() === true) node.standingCalls.add(end)
  const error = await answered(node.log, outlet, options)
  if (error !== undefined) outlet.fail(error)
  node.standingCalls.delete(end)
}

const answered = async (
  log: EventLog,
  outlet: Outlet,
  options: streams.ReadReq.Options | undefined,
): Promise<ServiceError | undefined> => {
  const stream = options?.getStream()
  const all = options?.getAll()
  const live = options?.hasSubscription() === true
  if (options !== undefined && stream !== undefined) {
    return live ? subscribeToStream(log, outlet, options, stream) : readStreamPage(log, outlet, options, stream)
  }
  if (options !== undefined && all !== undefined) {
    return live ? subscribeToAll(log, outlet, options, all) : readAllPage(log, outlet, options, all)
  }
  return failure(status.INVALID_ARGUMENT, 'neither a stream nor all')
}
