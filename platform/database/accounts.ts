import { readFile } from 'node:fs/promises'
import type { Owner } from './server-command.ts'

export interface Account extends Owner {
  readonly name: string
}

/** Who we are; Waybill's files belong to us. */
export const ourselves = (): Owner => ({ uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 })

/** The users that /etc/passwd names. Postgres's initdb runs only as a user that has a name. */
export const knownAccounts = async (): Promise<readonly Account[]> => {
  // A machine without the file has no accounts that initdb would accept either.
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name = '', , uid = '', gid = ''] = line.split(':')
    return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? [{ name, uid: Number(uid), gid: Number(gid) }] : []
  })
}

/** The user to be instead of root: one made for such work, else any. */
export const unprivileged = (accounts: readonly Account[]): Account | undefined =>
  accounts.find(({ name }) => name === 'postgres') ??
  accounts.find(({ name }) => name === 'nobody') ??
  accounts.find(({ uid }) => uid !== 0)
