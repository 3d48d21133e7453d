import type { EventLog } from './event-log.ts'
import type { streams } from './protocol.ts'

export interface ReadFilter {
  matches(index: number): boolean
  /** A checkpoint is due after so many events were looked at. */
  readonly checkpointEvery: number
}

const DEFAULT_WINDOW = 32

/** A filter on types or on stream names, by a regular expression or by prefixes. What matched once is remembered. */
export const readFilter = (log: EventLog, filter: streams.ReadReq.Options.FilterOptions): ReadFilter => {
  const byType = filter.getEventType()
  const expression = byType ?? filter.getStreamIdentifier()
  const regex = expression?.getRegex() ? new RegExp(expression.getRegex()) : undefined
  const prefixes = expression?.getPrefixList() ?? []
  const test = (text: string): boolean => regex?.test(text) ?? prefixes.some((prefix) => text.startsWith(prefix))
  const known = new Map<string, boolean>()
  const matchesType = (type: string): boolean => {
    const match = known.get(type) ?? test(type)
    known.set(type, match)
    return match
  }
  return {
    matches: (index) => (byType ? matchesType(log.typeAt(index)) : test(log.streamNameAt(index))),
    checkpointEvery: Math.max(1, filter.getCheckpointintervalmultiplier()) * (filter.getMax() || DEFAULT_WINDOW),
  }
}
