import { type ServiceError, status } from '@grpc/grpc-js'
import { newId } from '../../platform/ids.ts'
import { type Delivery, deliver } from './delivery.ts'
import type { EventLog } from './event-log.ts'
import type { Outlet } from './outlet.ts'
import { nameIn, streams } from './protocol.ts'
import { readFilter } from './read-filter.ts'
import { committedHead, isPositionOfNothing } from './read-pages.ts'
import { failure, streamDeleted } from './statuses.ts'
import { firstVisible, headOf } from './stream-state.ts'

type Options = streams.ReadReq.Options

/** Answers why it is refused, if it is; else it ends with the call. */
export const subscribeToAll = async (
  log: EventLog,
  outlet: Outlet,
  options: Options,
  of: streams.ReadReq.Options.AllOptions,
): Promise<ServiceError | undefined> => {
  const commit = Number(of.getPosition()?.getCommitPosition() ?? 0)
  const prepare = Number(of.getPosition()?.getPreparePosition() ?? 0)
  await outlet.send(confirmation())
  if (of.hasPosition() && isPositionOfNothing(log, commit)) {
    return failure(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.')
  }
  // An event's position is (p, p): it comes after (p, 0), which a checkpoint may be. Beyond the end all below is left out.
  const isAfter = (position: number): boolean => position > commit || (position === commit && position > prepare)
  let next = of.hasEnd() ? log.committed : log.indexFrom(commit)
  const source: Delivery = {
    take: () => {
      while (next < log.committed && !isAfter(log.positionAt(next))) next += 1
      return next < log.committed ? next++ : undefined
    },
    behind: () => log.committed - next,
  }
  const filter = options.getFilter()
  await deliver(log, outlet, source, options.getResolveLinks(), filter && readFilter(log, filter))
  return undefined
}

/** Answers why it is refused, if it is; else it ends with the call. */
export const subscribeToStream = async (
  log: EventLog,
  outlet: Outlet,
  options: Options,
  of: streams.ReadReq.Options.StreamOptions,
): Promise<ServiceError | undefined> => {
  const name = nameIn(of.getStreamIdentifier())
  const known = log.stream(name)
  if (known?.tombstoned === true) return streamDeleted(name)
  await outlet.send(confirmation())
  const end = known === undefined ? -1 : committedHead(log, known)
  let next = of.hasStart() ? 0 : of.hasEnd() ? end + 1 : Number(of.getRevision()) + 1
  const source: Delivery = {
    take: () => {
      const stream = log.stream(name)
      if (stream?.tombstoned === true) outlet.fail(streamDeleted(name))
      if (stream === undefined || outlet.closed) return undefined
      next = Math.max(next, Math.min(firstVisible(stream), headOf(stream) + 1))
      const index = stream.events[next]
      if (index === undefined || index >= log.committed) return undefined
      next += 1
      return index
    },
    behind: () => headOf(log.stream(name)) + 1 - next,
  }
  await deliver(log, outlet, source, options.getResolveLinks())
  return undefined
}

const confirmation = (): Uint8Array =>
  new streams.ReadResp()
    .setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(newId()))
    .serializeBinary()
