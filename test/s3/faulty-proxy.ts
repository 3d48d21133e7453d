import { once } from 'node:events'
import { createServer, type IncomingMessage, request as forward, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as it arrived, before anything was done to it. */
export interface SeenRequest {
  readonly method: string
  /** With its query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

/** What is done to a request instead of passing it on and its answer back. */
export type Fault =
  | { readonly kind: 'answer'; readonly status: number; readonly code: string }
  /** The server sees that many bytes of the body, then both connections are cut. */
  | { readonly kind: 'cut-upload'; readonly after: number }
  /** The client sees that many bytes of the body, then its connection is cut. */
  | { readonly kind: 'cut-download'; readonly after: number }
  /** The same, but the connection stays open and silent. */
  | { readonly kind: 'stall-download'; readonly after: number }
  /** The server does it all; its answer never arrives. */
  | { readonly kind: 'lose-answer' }
  /** Nothing is passed on, and nothing is answered. */
  | { readonly kind: 'silence' }
  | { readonly kind: 'delay'; readonly ms: number }

export interface FaultyProxy {
  readonly endpoint: string
  /** Every request since the last call, the repeated ones too. */
  seen(): SeenRequest[]
  /** Decides what happens to each request from now on. */
  fault(decide: (request: SeenRequest) => Fault | undefined): void
  close(): Promise<void>
}

const refuse = (response: ServerResponse, status: number, code: string): void => {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test wants it</Message></Error>`
  response.writeHead(status, { 'content-type': 'application/xml', connection: 'close' }).end(body)
}

/** A door in front of an S3 server on 127.0.0.1. The signed Host header stays the door's, which the server does not mind. */
export const startFaultyProxy = async (port: number): Promise<FaultyProxy> => {
  let seen: SeenRequest[] = []
  let decide: (request: SeenRequest) => Fault | undefined = () => undefined

  const passOn = (incoming: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void => {
    const { method, url, headers } = incoming
    const outgoing = forward({ host: '127.0.0.1', port, method, path: url, headers, agent: false })
    const cut = (): void => {
      outgoing.destroy()
      incoming.socket.destroy()
    }
    outgoing.on('error', cut)
    incoming.on('error', () => outgoing.destroy())
    response.on('close', () => outgoing.destroy())

    let received = 0
    incoming.on('data', (chunk: Buffer) => {
      received += chunk.length
      if (fault?.kind === 'cut-upload' && received > fault.after) cut()
      else if (!outgoing.write(chunk)) {
        incoming.pause()
        outgoing.once('drain', () => incoming.resume())
      }
    })
    incoming.on('end', () => outgoing.end())

    outgoing.on('response', (answer) => {
      if (fault?.kind === 'lose-answer') {
        answer.resume().on('end', cut)
        return
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      let sent = 0
      answer.on('data', (chunk: Buffer) => {
        const left = fault?.kind === 'cut-download' || fault?.kind === 'stall-download' ? fault.after - sent : Infinity
        if (left < chunk.length) {
          answer.pause()
          response.write(chunk.subarray(0, left), () => {
            if (fault?.kind === 'cut-download') cut()
          })
          return
        }
        sent += chunk.length
        if (!response.write(chunk)) {
          answer.pause()
          response.once('drain', () => answer.resume())
        }
      })
      answer.on('end', () => response.end())
      answer.on('error', cut)
    })
  }

  const server = createServer((incoming, response) => {
    const request = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers }
    seen.push(request)
    const fault = decide(request)
    if (fault?.kind === 'answer') refuse(response, fault.status, fault.code)
    else if (fault?.kind === 'delay') setTimeout(() => passOn(incoming, response, undefined), fault.ms)
    else if (fault?.kind !== 'silence') passOn(incoming, response, fault)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => {
      const requests = seen
      seen = []
      return requests
    },
    fault: (next) => {
      decide = next
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
