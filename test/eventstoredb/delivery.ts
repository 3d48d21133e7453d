import type { EventLog } from './event-log.ts'
import { answerFor } from './links.ts'
import type { Outlet } from './outlet.ts'
import { streams } from './protocol.ts'
import type { ReadFilter } from './read-filter.ts'

/** Where a subscription's events come from, in order. */
export interface Delivery {
  /** The index of the next committed event, or undefined at the end of the log. */
  take(): number | undefined
  /** How many more there are. */
  behind(): number
}

/** A live subscriber that was waited for and is further behind than this is served as one that catches up. */
const LIVE_BUFFER = 32

const CAUGHT_UP = new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()).serializeBinary()

/**
 * Sends what a subscription asked for until the client ends it: the log from where it begins, `caughtUp`, and what is
 * written from then on. While catching up a checkpoint {X, 0} comes before the event at X is looked at; a live one, {X, X},
 * comes after it.
 */
export const deliver = async (
  log: EventLog,
  outlet: Outlet,
  source: Delivery,
  resolveLinks: boolean,
  filter?: ReadFilter,
): Promise<void> => {
  let live = false
  let examined = 0
  const isCheckpointDue = (): boolean => filter !== undefined && examined >= filter.checkpointEvery
  const sendCheckpoint = (commit: number, prepare: number): Promise<boolean> => {
    examined = 0
    return outlet.send(checkpoint(commit, prepare))
  }
  while (!outlet.closed) {
    const index = source.take()
    if (index === undefined) {
      if (live) await outlet.until((resume) => log.follow(resume))
      else await outlet.send(CAUGHT_UP)
      live = true
      continue
    }
    const position = log.positionAt(index)
    if (!live && isCheckpointDue()) await sendCheckpoint(position, 0)
    examined += 1
    if (filter?.matches(index) === false) await outlet.pause()
    else if (await outlet.send(answerFor(log, index, resolveLinks))) live &&= source.behind() <= LIVE_BUFFER
    if (live && isCheckpointDue()) await sendCheckpoint(position, position)
  }
}

const checkpoint = (commit: number, prepare: number): Uint8Array =>
  new streams.ReadResp()
    .setCheckpoint(
      new streams.ReadResp.Checkpoint().setCommitPosition(String(commit)).setPreparePosition(String(prepare)),
    )
    .serializeBinary()
