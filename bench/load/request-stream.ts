/** What the request process is told, as JSON in its first argument. */
export interface RequestStream {
  readonly kind: 'publish' | 'get'
  readonly connections: number
  /** Requests a second at even distances, whatever the answers take; without it each connection sends the next after the last. */
  readonly perSecond?: number
  /** Requests to send; a paced stream runs for `requests / perSecond` seconds. */
  readonly requests: number
  readonly registry: string
  readonly token: string
  /** For `get`: the path below the registry and the headers. */
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** For `publish`: each request is the first version of a new package `${prefix}-${n}` with a tarball of this size. */
  readonly prefix?: string
  readonly tarballBytes?: number
}

/** What it prints, as JSON in its last line. Latencies of a paced stream count from the instant the request was due. */
export interface RequestStreamReport {
  readonly answered: number
  readonly failures: number
  readonly firstFailure?: string
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}
