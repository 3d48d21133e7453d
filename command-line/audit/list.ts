import { EXIT } from '../exit-codes.ts'
import { table } from '../output.ts'
import type { Session } from '../session.ts'
import type { AuditEntry } from './audit-source.ts'
import { filterOf, withAudit, type AuditArguments } from './open-audit.ts'

const TITLES = ['AT', 'POSITION', 'TYPE', 'WHERE', 'WHAT', 'WHO']

const rowOf = ({ at, position, type, project, repository, subject, actor }: AuditEntry): readonly string[] => [
  at,
  position,
  type,
  [project, repository].filter((part) => part !== null).join('/') || '-',
  subject ?? '-',
  actor.login ?? actor.id,
]

/** `waybill audit list`: the newest events first. */
export const listEvents = (args: AuditArguments & { readonly limit: number }, session: Session): Promise<number> => {
  const filter = filterOf(args)
  return withAudit(args, session, async (source, signal) => {
    const entries: AuditEntry[] = []
    for await (const page of source.pages(filter, { newestFirst: true, most: args.limit })) {
      signal.throwIfAborted()
      entries.push(...page)
    }
    const { output } = session
    if (output.json) await output.document(entries)
    else await output.say(table(TITLES, entries.map(rowOf)))
    return EXIT.done[0]
  })
}
