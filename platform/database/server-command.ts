import type { PostgresBinaries } from './postgres-binaries.ts'

export interface Owner {
  readonly uid: number
  readonly gid: number
}

/** As whom Postgres, which refuses to run as root, is started. */
export interface ServerIdentity {
  /**
   * `self`: as the user we are. `mapped`: in a user namespace where we appear as another user, while every file stays
   * ours. `switched`: as another user of this machine, who then owns the files.
   */
  readonly kind: 'self' | 'mapped' | 'switched'
  /** Who owns the files, seen from outside. */
  readonly owner: Owner
  /** Programs that stand before Postgres on its command line and replace themselves by it. */
  readonly prefix: readonly string[]
  /** The ids that the child takes before the first program of its command line runs. */
  readonly ids: { readonly uid?: number; readonly gid?: number }
}

/** A command line and the spawn options that run `program` as `identity`. */
export const commandAs = (
  identity: ServerIdentity,
  binaries: PostgresBinaries,
  program: string,
  options: readonly string[],
): {
  file: string
  args: string[]
  options: { cwd: string; env: Record<string, string>; uid?: number; gid?: number }
} => {
  const [file = program, ...args] = [...identity.prefix, program, ...options]
  // The caller's folder may be one that the other user cannot enter.
  return { file, args, options: { cwd: '/', env: environment(binaries), ...identity.ids } }
}

/** Nothing of the caller's PG* or locale variables may reach the server. */
const environment = (binaries: PostgresBinaries): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
  ...binaries.environment,
})
