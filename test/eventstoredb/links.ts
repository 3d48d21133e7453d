import type { EventLog } from './event-log.ts'
import { dataIn, linkAnswer } from './event-record.ts'

const LINK = '$>'

/** The answer for one event: as it is, or where a link is to be resolved, with the event it points at (`revision@stream`). */
export const answerFor = (log: EventLog, index: number, resolveLinks: boolean): Uint8Array => {
  const answer = log.answerAt(index)
  if (!resolveLinks || log.typeAt(index) !== LINK) return answer
  const [, revision = '', name = ''] = /^(\d+)@(.*)$/s.exec(dataIn(answer).toString('utf8')) ?? []
  const target = log.stream(name)
  const found = target?.tombstoned === true ? undefined : target?.events[Number(revision)]
  return linkAnswer(answer, found === undefined ? undefined : log.answerAt(found))
}
