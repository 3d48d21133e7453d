import { type ServiceError, status } from '@grpc/grpc-js'
import type { EventLog } from './event-log.ts'
import { answerFor } from './links.ts'
import type { Outlet } from './outlet.ts'
import { streamIdentifier, nameIn, streams } from './protocol.ts'
import { readFilter } from './read-filter.ts'
import { failure, streamDeleted, unknownFailure } from './statuses.ts'
import { firstVisible, headOf, isSoftDeleted, type StreamState } from './stream-state.ts'

type Options = streams.ReadReq.Options

/** The revision of a stream's last event that readers may see. */
export const committedHead = (log: EventLog, stream: StreamState): number => {
  let head = headOf(stream)
  while (head >= 0 && (stream.events[head] ?? 0) >= log.committed) head -= 1
  return head
}

const isBackwards = (options: Options): boolean => options.getReadDirection() === 1

/** Answers why there is no page, if there is none. */
export const readStreamPage = async (
  log: EventLog,
  outlet: Outlet,
  options: Options,
  of: streams.ReadReq.Options.StreamOptions,
): Promise<ServiceError | undefined> => {
  const name = nameIn(of.getStreamIdentifier())
  const stream = log.stream(name)
  const backwards = isBackwards(options)
  if (stream?.tombstoned === true) return streamDeleted(name)
  if (name === '' || options.getCount() === '0' || (of.hasEnd() && !backwards)) {
    return unknownFailure('Unexpected ReadStreamResult: Error')
  }
  const head = stream === undefined ? -1 : committedHead(log, stream)
  if (stream === undefined || head < 0 || isSoftDeleted(stream)) {
    await outlet.send(notFound(name))
    outlet.end()
    return undefined
  }
  const first = firstVisible(stream, head)
  let left = Number(options.getCount())
  let revision = of.hasStart() ? 0 : of.hasEnd() ? head : Number(of.getRevision())
  revision = backwards ? Math.min(revision, head) : Math.max(revision, first)
  for (; left > 0 && revision >= first && revision <= head && !outlet.closed; left -= 1) {
    await outlet.send(answerFor(log, stream.events[revision] ?? -1, options.getResolveLinks()))
    revision += backwards ? -1 : 1
  }
  outlet.end()
  return undefined
}

const notFound = (name: string): Uint8Array =>
  new streams.ReadResp()
    .setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(streamIdentifier(name)))
    .serializeBinary()

/** A position must be one that an event has, the start, or beyond the end. */
export const isPositionOfNothing = (log: EventLog, position: number): boolean => {
  const index = log.indexFrom(position)
  return position > 0 && index < log.committed && log.positionAt(index) !== position
}

/** Answers why there is no page, if there is none. */
export const readAllPage = async (
  log: EventLog,
  outlet: Outlet,
  options: Options,
  of: streams.ReadReq.Options.AllOptions,
): Promise<ServiceError | undefined> => {
  const position = of.getPosition()
  const at = Number(position?.getCommitPosition() ?? 0)
  // The server's own words for a handler that threw.
  if (Number(position?.getPreparePosition() ?? 0) > at) {
    return failure(status.UNKNOWN, 'Exception was thrown by handler.')
  }
  if (position !== undefined && isPositionOfNothing(log, at)) {
    return unknownFailure('Unexpected ReadAllResult: InvalidPosition')
  }
  let left = Number(options.getCount())
  // The server looks for the end of such a page for ever.
  if (left === 0) return undefined
  const backwards = isBackwards(options)
  const filterOptions = options.getFilter()
  const filter = filterOptions && readFilter(log, filterOptions)
  const until = log.committed
  let index = of.hasStart() ? 0 : of.hasEnd() ? until : Math.min(log.indexFrom(at), until)
  if (backwards) index -= 1
  for (; left > 0 && index >= 0 && index < until && !outlet.closed; index += backwards ? -1 : 1) {
    if (filter?.matches(index) === false) {
      await outlet.pause()
      continue
    }
    await outlet.send(answerFor(log, index, options.getResolveLinks()))
    left -= 1
  }
  outlet.end()
  return undefined
}
