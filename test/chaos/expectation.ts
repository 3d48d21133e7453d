import { START, type EventStore, type RecordedEvent } from '../../platform/event-store/event-store.ts'

/** A subscription of a test, and which changes of files it is to hear of. */
export interface Subscription {
  readonly path: string
  readonly input: object
  wants(event: RecordedEvent): boolean
}

const CHANGES = ['FileStored', 'FilePropertiesSet']

const isIn = (repository: string, { data }: RecordedEvent): boolean =>
  (data as { readonly repository?: string }).repository === repository

/** Everything of a project, some types, and a single repository. */
export const SUBSCRIPTIONS: readonly Subscription[] = [
  { path: '/all', input: { scope: 'main' }, wants: ({ type }) => CHANGES.includes(type) },
  {
    path: '/types',
    input: { scope: 'main', events: ['FilePropertiesSet'] },
    wants: ({ type }) => type === 'FilePropertiesSet',
  },
  {
    path: '/repository',
    input: { scope: 'main/generic' },
    wants: (event) => CHANGES.includes(event.type) && isIn('generic', event),
  },
]

const PAGE = 10_000

/** The whole log, in its order. */
export const wholeLog = async (store: EventStore): Promise<readonly RecordedEvent[]> => {
  const log: RecordedEvent[] = []
  for (;;) {
    const page = await store.readAll(log.at(-1)?.position ?? START, PAGE)
    log.push(...page)
    if (page.length === 0) return log
  }
}
