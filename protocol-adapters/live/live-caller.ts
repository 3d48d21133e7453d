import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../domain/access/authorise.ts'
import type { Gateway } from '../http/gateway.ts'

/** Who listens, asked anew for every event. */
export interface LiveCaller {
  /** At once, when it is known for sure what they may do right now. */
  peek(): Principal | undefined | 'ask'
  /** Throws what `Authenticator.authenticate` throws. */
  ask(): Promise<Principal | undefined>
}

/**
 * Listeners with the same credentials and address are looked up together: a password is hashed once for all of them. An answer
 * that was on its way when something happened is not shared any further, because that may have been a revocation.
 */
export const liveCallers = ({ authenticator, tail }: Pick<Gateway, 'authenticator' | 'tail'>) => {
  const asking = new Map<string, Promise<Principal | undefined>>()
  tail.onEvents(() => asking.clear())

  const askTogether = (key: string, request: IncomingMessage): Promise<Principal | undefined> => {
    const answer = authenticator.authenticate(request).finally(() => {
      if (asking.get(key) === answer) asking.delete(key)
    })
    asking.set(key, answer)
    return answer
  }

  return (request: IncomingMessage): LiveCaller => {
    const key = `${authenticator.addressOf(request)} ${request.headers.authorization}`
    return {
      peek: () => authenticator.peek(request),
      ask: () => asking.get(key) ?? askTogether(key, request),
    }
  }
}
