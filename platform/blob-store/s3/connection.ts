import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { NodeHttpHandler, type NodeHttpHandlerOptions } from '@smithy/node-http-handler'
import type { S3Location } from '../../config/s3-url.ts'

export interface S3Connection {
  readonly bucket: string
  /**
   * For all whose answer is read at once. Bodies are sent from memory, so each of these requests ends without anybody's
   * help, and to wait for one of the sockets is not to wait for ever.
   */
  readonly requests: S3Client
  /**
   * For bodies that are read as slowly as somebody likes. As many sockets as there are readers: with a limit, readers that
   * put what they read (a copy to another repository) could hold all sockets and wait for each other.
   */
  readonly downloads: S3Client
  close(): void
}

/** Static keys for tests and tools; a Waybill takes them where the SDK finds them. */
export type S3Credentials = Extract<S3ClientConfig['credentials'], { readonly accessKeyId: string }>

const SOCKETS = 64
const CONNECT_MS = 5_000

/**
 * Attempts in all. The waits between them double, from 50 ms after a failure and from 1 s when the server asked for fewer requests,
 * so that a server which is gone is reported within 2 s and one that is busy is given up to half a minute.
 */
const ATTEMPTS = 6

const ignore = (): void => undefined

/** The handler would warn on the console of requests that wait for a socket, which is what the limit is for. */
const quiet = { debug: ignore, info: ignore, warn: ignore, error: ignore }

const handlerOf = (sockets: number, timeouts: NodeHttpHandlerOptions): NodeHttpHandler => {
  const agent = { keepAlive: true, maxSockets: sockets, maxFreeSockets: SOCKETS }
  // Agents of our own: for the SDK's it opens a new connection for every body that it announces by Expect.
  const agents = { httpAgent: new HttpAgent(agent), httpsAgent: new HttpsAgent(agent) }
  return new NodeHttpHandler({ ...agents, logger: quiet, connectionTimeout: CONNECT_MS, ...timeouts })
}

/**
 * Two clients with one set of credentials. Opens no connection yet.
 * @param idleMs Milliseconds without a byte after which a request is taken for dead.
 */
export const connect = (
  { bucket, endpoint, region, forcePathStyle }: S3Location,
  credentials: S3Credentials | undefined,
  idleMs: number,
): S3Connection => {
  const known = region ?? (endpoint === undefined ? undefined : 'us-east-1')
  const config: S3ClientConfig = {
    forcePathStyle,
    maxAttempts: ATTEMPTS,
    retryMode: 'standard',
    // Every body is signed with its SHA-256 (see signed-body.ts), which a server must compare; older ones refuse other checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A server that refuses closes the connection, and it is as well to be told so by that.
    expectContinueHeader: false,
    ...(endpoint !== undefined && { endpoint }),
    ...(known !== undefined && { region: known }),
    ...(credentials !== undefined && { credentials }),
  }
  const requests = new S3Client({ ...config, requestHandler: handlerOf(SOCKETS, { socketTimeout: idleMs }) })
  const downloads = new S3Client({
    ...config,
    // Found once for both.
    credentials: requests.config.credentials,
    // Until the answer begins; from then on a reader may be slower than any limit (see open-object.ts).
    requestHandler: handlerOf(Infinity, { requestTimeout: idleMs, throwOnRequestTimeout: true }),
  })
  return {
    bucket,
    requests,
    downloads,
    close: () => {
      requests.destroy()
      downloads.destroy()
    },
  }
}
