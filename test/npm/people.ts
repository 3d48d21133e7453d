import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { npmClient, type NpmClient } from '../clients.ts'
import type { WaybillProcess } from '../waybill-process.ts'

/** Somebody with an account, a token and an npm of their own. */
export interface Person {
  readonly login: string
  readonly password: string
  readonly token: string
  readonly client: NpmClient
  /** A folder to be in. */
  readonly folder: string
  /** What npm printed; fails unless it succeeded. */
  npm(...args: string[]): Promise<string>
  /** What npm printed as the reason; fails unless it failed. */
  refused(...args: string[]): Promise<string>
  /** Publishes from `folder`. */
  publish(manifest: {
    readonly name: string
    readonly version: string
    readonly [field: string]: unknown
  }): Promise<void>
}

export const registryOf = ({ url }: WaybillProcess): string => `${url}/npm/main/npm/`

/** Runs a command as `admin`. */
export const command = async (
  { url, adminPassword }: WaybillProcess,
  name: string,
  input: object,
): Promise<Record<string, unknown>> => {
  const answer = await fetch(`${url}/api/commands/${name}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`,
    },
    body: JSON.stringify(input),
  })
  const result = (await answer.json()) as Record<string, unknown>
  if (!answer.ok) throw new Error(`${name} was refused: ${JSON.stringify(result)}`)
  return result
}

const signIn = async (waybill: WaybillProcess, login: string, password: string): Promise<string> => {
  const answer = await fetch(`${registryOf(waybill)}-/user/org.couchdb.user:${login}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: login, password }),
  })
  const { token } = (await answer.json()) as { readonly token?: string }
  if (token === undefined) throw new Error(`signing in as ${login} was refused with ${answer.status}`)
  return token
}

/** Signed in with npm; with roles on `main/npm` unless told otherwise. `admin` is there already, others are made. */
export const person = async (
  waybill: WaybillProcess,
  login: string,
  roles: readonly { readonly role: string; readonly scope: string }[] = [],
): Promise<Person> => {
  const password = login === 'admin' ? waybill.adminPassword : `password of ${login}`
  if (login !== 'admin') await command(waybill, 'CreateAccount', { account: login, kind: 'human', password })
  for (const grant of roles) await command(waybill, 'GrantRole', { account: login, ...grant })
  const token = await signIn(waybill, login, password)
  const client = await npmClient({ registry: registryOf(waybill), token })
  const folder = join(client.home, 'folder')
  await mkdir(folder)
  const npm = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await client.run(args, folder)
    expect(code, `npm ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0)
    return stdout.trim()
  }
  return {
    login,
    password,
    token,
    client,
    folder,
    npm,
    refused: async (...args) => {
      const { code, stdout, stderr } = await client.run(args, folder)
      expect(code, `npm ${args.join(' ')} should be refused\n${stdout}`).not.toBe(0)
      return stderr
    },
    publish: async (manifest) => {
      await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
      await npm('publish')
    },
  }
}
