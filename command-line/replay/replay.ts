import { systemClock } from '../../platform/clock.ts'
import { openLog } from '../data-of-this-machine.ts'
import { EXIT } from '../exit-codes.ts'
import { logShare, LOG_SHARES } from '../log-share.ts'
import { momentOf } from '../moment.ts'
import { sayAll } from '../output.ts'
import { repositoryPlace } from '../place.ts'
import { openProgress } from '../progress.ts'
import type { Session } from '../session.ts'
import { replayedLines } from './replayed-lines.ts'
import { replayRepository } from './replay-repository.ts'

interface ReplayArguments {
  readonly repository: string
  readonly until: string
  readonly package: string | undefined
  readonly path: string | undefined
  readonly grants: boolean
}

/** `waybill replay`: prints a repository as the log says it was, whatever the read models say. */
export const replay = async (asked: ReplayArguments, session: Session): Promise<number> => {
  const { output } = session
  const wanted = {
    ...repositoryPlace(asked.repository),
    package: asked.package,
    path: asked.path,
    grants: asked.grants,
  }
  const until = momentOf(asked.until)
  const signal = session.interrupted()
  const log = await openLog()
  try {
    const bar = openProgress(output, 'replay', LOG_SHARES)
    const state = await replayRepository(log.store, wanted, {
      until,
      now: systemClock.now(),
      signal,
      progress: ({ position, events }, head) => bar.at(logShare(position, head), `${events} events`),
    }).finally(() => bar.stop())
    if (output.json) await output.document(state)
    else await sayAll(output, replayedLines(state))
    return EXIT.done[0]
  } finally {
    await log.close()
  }
}
