import type { IncomingHttpHeaders } from 'node:http'
import { DomainError } from '../../domain/errors.ts'
import { eventFilter, type EventFilter } from '../../domain/live/event-filter.ts'
import type { Position } from '../../platform/event-store/event-store.ts'

export interface EventQuery {
  readonly filter: EventFilter
  /** Undefined: from now on. */
  readonly after: Position | undefined
}

const PARAMETERS = new Set(['project', 'repository', 'type', 'after'])
const POSITION = /^\d{20}$/

const single = (parameters: URLSearchParams, name: string): string | undefined => {
  const values = parameters.getAll(name).filter((value) => value !== '')
  if (values.length > 1) throw new DomainError('invalid-input', `${name} is given once.`)
  return values[0]
}

const positionIn = (text: string | undefined, name: string): Position | undefined => {
  if (text === undefined || text === '') return undefined
  if (POSITION.test(text)) return text
  throw new DomainError('invalid-input', `${name} is the id of an event that was received before, 20 digits.`)
}

/**
 * What `GET /api/events?project=&repository=&type=&after=` asks for. A client that comes back says by `Last-Event-ID` where it
 * stopped, which counts more than the address that it began with.
 * @throws {DomainError} `invalid-input`
 */
export const readEventQuery = (url: string, headers: IncomingHttpHeaders): EventQuery => {
  const { searchParams } = new URL(url, 'http://waybill')
  const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.has(name))
  if (unknown !== undefined)
    throw new DomainError('invalid-input', `There is no parameter ${unknown}: ${[...PARAMETERS].join(', ')} are.`)
  const types = searchParams.getAll('type').filter((type) => type !== '')
  const lastEventId = headers['last-event-id']
  const after = positionIn(single(searchParams, 'after'), 'after')
  return {
    filter: eventFilter({
      project: single(searchParams, 'project'),
      repository: single(searchParams, 'repository'),
      types: types.length === 0 ? undefined : types,
    }),
    after: positionIn(Array.isArray(lastEventId) ? lastEventId.join() : lastEventId, 'Last-Event-ID') ?? after,
  }
}
