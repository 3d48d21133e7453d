export type OutboundMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface OutboundRequest {
  readonly method: OutboundMethod
  readonly url: string
  /** Lower-case names. When a redirect leads to another origin, `authorization` and `cookie` stay behind. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | undefined
  /** For all of it: name, connection, redirects and the last byte of the answer. */
  readonly timeoutMs: number
  readonly maxResponseBytes: number
  /** What becomes of an answer that is larger: it is cut off, or (the default) `too-large` is thrown. */
  readonly beyond?: 'cut' | 'refuse'
  /** How many are followed, each under the same rules; default none: the redirect is the answer. */
  readonly redirects?: number
  readonly signal?: AbortSignal
}

export interface OutboundResponse {
  readonly status: number
  /** Lower-case names; a repeated field is joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** As it was sent: a content coding is not undone. */
  readonly body: Buffer
  readonly truncated: boolean
  /** The address that answered, after redirects. */
  readonly url: string
}
