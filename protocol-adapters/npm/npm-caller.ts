import type { Caller } from '../../commands/command.ts'
import { callerOf } from '../http/caller.ts'
import type { NpmExchange } from './npm-request.ts'

const SESSION = /^[0-9a-f]{16,64}$/

/**
 * The client sends `npm-session` with every request of one run, its retries included: a publish that is sent again because
 * its answer was lost is recognised, while a second `npm publish` of the same version is refused as on the public registry.
 */
export const npmCaller = ({ request, principal }: NpmExchange): Caller => {
  const session = request.headers['npm-session']
  const caller = callerOf(request, principal)
  return typeof session === 'string' && SESSION.test(session) ? { ...caller, session } : caller
}
