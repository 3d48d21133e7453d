import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PlatformError } from '../platform-error.ts'
import { type Account, knownAccounts, ourselves, unprivileged } from './accounts.ts'
import type { PostgresBinaries } from './postgres-binaries.ts'
import { commandAs, type Owner, type ServerIdentity } from './server-command.ts'

/**
 * Chooses as whom Postgres runs in the folder `home`. `current` is the owner of the files that are there already: where
 * root can be that user, they do not change hands. Throws `unavailable` with the reason when Postgres cannot run here.
 */
export const chooseIdentity = async (
  binaries: PostgresBinaries,
  home: string,
  current: Owner | undefined,
): Promise<ServerIdentity> => {
  const accounts = await knownAccounts()
  const us = ourselves()
  const candidates = us.uid === 0 ? asRoot(us, current, accounts) : asUser(us, accounts)
  const problems = new Set<string>()
  for (const candidate of candidates) {
    for (const identity of [withDeathSignal(candidate), candidate]) {
      const problem = await probe(identity, binaries, home)
      if (problem === undefined) return identity
      problems.add(problem)
    }
  }
  if (!accounts.some(({ uid }) => uid === us.uid)) problems.add(`user id ${us.uid} has no entry in /etc/passwd`)
  throw new PlatformError(
    'unavailable',
    `the embedded Postgres does not run here (${[...problems].join('; ')}): ` +
      'start Waybill as an ordinary user in a folder of its own, or set WAYBILL_DATABASE',
  )
}

const asUser = (us: Owner, accounts: readonly Account[]): readonly ServerIdentity[] => {
  if (accounts.some(({ uid }) => uid === us.uid)) return [{ kind: 'self', owner: us, prefix: [], ids: {} }]
  const other = unprivileged(accounts)
  return other ? [mapped(us, other)] : []
}

const asRoot = (us: Owner, current: Owner | undefined, accounts: readonly Account[]): readonly ServerIdentity[] => {
  const kept = current === undefined || current.uid === us.uid ? undefined : current
  const other = unprivileged(accounts)
  return [
    ...(kept ? [switched(kept), switchedAnywhere(kept)] : []),
    ...(other ? [mapped(us, other), switched(other), switchedAnywhere(other)] : []),
  ]
}

const mapped = (us: Owner, inside: Owner): ServerIdentity => ({
  kind: 'mapped',
  owner: us,
  prefix: ['unshare', '--user', `--map-user=${inside.uid}`, `--map-group=${inside.gid}`, '--'],
  ids: {},
})

const switched = ({ uid, gid }: Owner): ServerIdentity => ({
  kind: 'switched',
  owner: { uid, gid },
  prefix: [],
  ids: { uid, gid },
})

/** With root's right to pass folders of mode 700 on the way to the data, which containers leave to their root. */
const switchedAnywhere = ({ uid, gid }: Owner): ServerIdentity => ({
  kind: 'switched',
  owner: { uid, gid },
  prefix: [
    ...['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ...['--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--'],
  ],
  ids: {},
})

/**
 * The kernel then asks Postgres to stop when the thread that started it ends, also in a way that runs no code of ours.
 * Where `setpriv` cannot arrange that, the orphan runs until the next start finds it.
 */
const withDeathSignal = (identity: ServerIdentity): ServerIdentity => ({
  ...identity,
  prefix: [...identity.prefix, 'setpriv', '--pdeathsig', 'INT', '--'],
})

/** Says why Postgres does not run as `identity` with its data in `home`, if it does not. */
const probe = async (
  identity: ServerIdentity,
  binaries: PostgresBinaries,
  home: string,
): Promise<string | undefined> => {
  const script = 'cd -- "$1" && test -r "$2" && exec "$3" --version'
  const shared = join(binaries.root, 'share', 'postgresql', 'postgres.bki')
  // The folder itself will be given to whoever is chosen; what counts is the way to it.
  const args = ['-c', script, 'probe', dirname(home), shared, binaries.postgres]
  const command = commandAs(identity, binaries, '/bin/sh', args)
  try {
    await promisify(execFile)(command.file, command.args, { ...command.options, timeout: 10_000 })
    return undefined
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1)
    return (said || (error instanceof Error ? error.message : String(error))).trim().split('\n')[0] ?? ''
  }
}
