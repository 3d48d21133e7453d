import { Compile } from 'typebox/compile'
import { EVENT_TYPES, upcast } from '../../domain/event-catalogue.ts'
import { isStreamOfOurs } from '../../domain/stream-names.ts'
import { START, type EventStore } from '../../platform/event-store/event-store.ts'

const PAGE = 5000

const compiled = new Map<string, ReturnType<typeof Compile>>()

const validatorOf = (type: string): ReturnType<typeof Compile> | undefined => {
  const known = compiled.get(type)
  const definition = EVENT_TYPES.get(type)
  if (known !== undefined || definition === undefined) return known
  const made = Compile(definition.data)
  compiled.set(type, made)
  return made
}

/**
 * What in a log is not as the documents of its events say, one sentence each: unknown types, and data that does not fit the
 * schema of its type. Tests call it with the log that they leave behind, so that every event that any of them appended is
 * looked at; reads all of the log. Streams that no command writes to are left out: there tests put what must not be.
 */
export const undescribedEvents = async (store: Pick<EventStore, 'readAll'>): Promise<readonly string[]> => {
  const found: string[] = []
  let after = START
  for (;;) {
    const page = await store.readAll(after, PAGE)
    for (const event of page) {
      after = event.position
      if (!isStreamOfOurs(event.stream)) continue
      const validator = validatorOf(event.type)
      if (validator === undefined) found.push(`${event.type} in ${event.stream} is of no known type`)
      else {
        const [error] = validator.Errors(upcast(event).data)
        if (error !== undefined) found.push(`${event.type} in ${event.stream}: ${error.instancePath} ${error.message}`)
      }
    }
    // a page ends early when its events are large
    if (page.length === 0) return found
  }
}
