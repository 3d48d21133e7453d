import type { onRequestHookHandler } from 'fastify'
import type { Gateway } from './gateway.ts'

/** npm's adapter waits by itself: it knows which of its requests read. */
const WAITS_ITSELF = '/npm/'

/** Before a request is handled the read models get to all that this process has acknowledged. */
export const readsOwnWrites =
  ({ caughtUp }: Pick<Gateway, 'caughtUp'>): onRequestHookHandler =>
  (request, _, done) => {
    if (request.url.startsWith(WAITS_ITSELF)) done()
    else caughtUp().then(() => done(), done)
  }
