import type { ServerResponse } from 'node:http'

interface Ending {
  readonly response: ServerResponse
  readonly body: Buffer | undefined
}

let waiting: Ending[] = []

const endAll = (): void => {
  const endings = waiting
  waiting = []
  for (const { response, body } of endings) response.end(body)
}

/**
 * Ends a response after all requests that arrived in this turn of the event loop are handled. For answers from memory: the
 * writes of a turn follow one another at once, so that a client or proxy on this machine wakes once for them instead of
 * once for each, which costs this side more than the rest of a small answer.
 */
export const endTogether = (response: ServerResponse, body: Buffer | undefined): void => {
  if (waiting.push({ response, body }) === 1) setImmediate(endAll)
}
