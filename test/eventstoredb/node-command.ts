/** What the parent of a double's process asks of it, each with a number of its own. `leader` only asks who leads. */
export interface NodeCommand {
  readonly number: number
  readonly command: 'start' | 'kill' | 'elect' | 'leader'
  /** Which node, from 0. */
  readonly node?: number
}

export interface NodeAnswer {
  readonly number: number
  /** Undefined while none leads. */
  readonly leader: number | undefined
  readonly error?: string
}
