import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/**
 * Keeps node from answering `Expect: 100-continue` by itself where `holds` says so, so that an upload that will be refused is
 * refused before it is sent (RFC 9110 section 10.1.1). Returns the function that lets such a client go on; it does nothing for others.
 */
export const holdContinue = (
  server: Server,
  holds: (url: string) => boolean,
): ((request: IncomingMessage, response: ServerResponse) => void) => {
  const waiting = new WeakSet<IncomingMessage>()
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (holds(request.url ?? '')) waiting.add(request)
    else response.writeContinue()
    server.emit('request', request, response)
  })
  return (request, response) => {
    if (waiting.delete(request)) response.writeContinue()
  }
}
