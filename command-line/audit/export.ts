import { writeWhole } from '../atomic-file.ts'
import { EXIT } from '../exit-codes.ts'
import { wrongCall } from '../failure.ts'
import { logShare, LOG_SHARES } from '../log-share.ts'
import { positionOf } from '../moment.ts'
import { openProgress } from '../progress.ts'
import type { Session } from '../session.ts'
import { formatWriter, type Format } from './formats.ts'
import { filterOf, withAudit, type AuditArguments } from './open-audit.ts'

interface ExportArguments extends AuditArguments {
  readonly format: string
  readonly output: string | undefined
  readonly after: string | undefined
  readonly header: boolean
}

/** `waybill audit export`: every event in the order of the log, as it is read. */
export const exportEvents = (args: ExportArguments, session: Session): Promise<number> => {
  const filter = filterOf(args)
  const after = args.after === undefined ? undefined : positionOf(args.after)
  if (session.output.json && args.format === 'csv') throw wrongCall('--json and --format csv contradict each other')
  const { head, page: textOf } = formatWriter(args.format as Format, args.header)
  return withAudit(args, session, async (source, signal) => {
    const bar = openProgress(session.output, 'export', LOG_SHARES)
    const end = await source.head()
    let events = 0
    let last = after
    const fill = async (write: (text: string) => Promise<void>): Promise<void> => {
      if (head !== '') await write(head)
      for await (const page of source.pages(filter, { newestFirst: false, after })) {
        signal.throwIfAborted()
        await write(textOf(page))
        events += page.length
        last = page.at(-1)?.position ?? last
        if (end !== undefined && last !== undefined) bar.at(logShare(last, end), `${events} events`)
      }
    }
    try {
      await (args.output === undefined ? fill((text) => session.output.write(text)) : writeWhole(args.output, fill))
    } finally {
      bar.stop()
    }
    session.output.note(last === undefined ? 'no events' : `${events} events; go on later with --after ${last}`)
    return EXIT.done[0]
  })
}
