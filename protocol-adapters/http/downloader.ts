import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../domain/access/authorise.ts'
import type { Downloader } from '../../platform/access-log/download-window.ts'
import type { Authenticator } from './authentication/authenticator.ts'

const onConnection = new WeakMap<object, Downloader>()

/** Who downloads; the same object for the same client on one connection. */
export const downloaderOf = (
  authenticator: Authenticator,
  request: IncomingMessage,
  principal: Principal | undefined,
): Downloader => {
  const { headers, socket } = request
  const { 'user-agent': userAgent = '', 'x-forwarded-for': forwarded } = headers
  const accountId = principal?.accountId
  const known = forwarded === undefined ? onConnection.get(socket) : undefined
  if (known?.accountId === accountId && known?.userAgent === userAgent) return known
  const downloader = { accountId, address: authenticator.addressOf(request), userAgent }
  // behind a proxy one connection carries many clients
  if (forwarded === undefined) onConnection.set(socket, downloader)
  return downloader
}
