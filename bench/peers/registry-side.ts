import type { ProcessUsage } from './process-tree.ts'

/** One registry of a comparison, running on this machine for the length of a benchmark. */
export interface RegistrySide {
  /** Name and version, as the tables print it. */
  readonly name: string
  /** Registry root without a trailing slash: a package is at `${url}/${name}`. */
  readonly url: string
  /** Bearer token of an account that may publish and read. */
  readonly token: string
  /** Of the server and its child processes. */
  usage(): Promise<ProcessUsage>
  stop(): Promise<void>
}
