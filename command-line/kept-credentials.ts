import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, rename, rm, stat, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure } from './failure.ts'

/** A token that `login` made. */
export interface KeptToken {
  readonly token: string
  readonly tokenId: string
  /** Login of the account. */
  readonly account: string
}

/** What the file of the command line holds. */
export interface Kept {
  /** The server that is asked when none is named: the one that was signed in to last. */
  readonly server?: string | undefined
  /** By the origin of the server: a token is never sent to another. */
  readonly tokens: Readonly<Record<string, KeptToken>>
}

type Environment = Readonly<Record<string, string | undefined>>

export const keptFile = (environment: Environment): string =>
  join(environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config'), 'waybill', 'config.json')

const unusable = (file: string, why: string): Failure => new Failure('config-unusable', `${file} ${why}`)

const isText = (value: unknown): value is string => typeof value === 'string'

const isToken = (value: unknown): value is KeptToken => {
  const { token, tokenId, account } = (value ?? {}) as Readonly<Record<string, unknown>>
  return isText(token) && isText(tokenId) && isText(account)
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parsed = (file: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unusable(file, `is not JSON (${(error as Error).message}): repair it or remove it`)
  }
}

const keptOf = (file: string, text: string): Kept => {
  const value = parsed(file, text)
  const { server, tokens = {} } = isObject(value) ? value : { server: value }
  if ((server !== undefined && !isText(server)) || !isObject(tokens) || !Object.values(tokens).every(isToken))
    throw unusable(file, 'does not hold what login writes: repair it or remove it')
  return { server, tokens: tokens as Kept['tokens'] }
}

/**
 * What is kept; nothing where there is no file.
 * @throws {Failure} `config-unusable`: others may read the file, or it does not hold what login writes
 */
export const readKept = async (environment: Environment): Promise<Kept> => {
  const file = keptFile(environment)
  const found = await stat(file).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw unusable(file, `cannot be read: ${(error as Error).message}`)
  })
  if (found === undefined) return { tokens: {} }
  if ((found.mode & 0o077) !== 0) throw unusable(file, `holds tokens and can be read by others: run chmod 600 ${file}`)
  return keptOf(file, await readFile(file, 'utf8'))
}

/** Writes the file anew, for its owner alone, whole or not at all. */
export const writeKept = async (environment: Environment, kept: Kept): Promise<void> => {
  const file = keptFile(environment)
  const folder = dirname(file)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const fresh = `${file}.${randomBytes(6).toString('hex')}`
  try {
    const handle = await open(fresh, 'wx', 0o600)
    await handle.writeFile(`${JSON.stringify(kept, undefined, 2)}\n`)
    await handle.sync()
    await handle.close()
    // a umask can only have taken more away
    await chmod(fresh, 0o600)
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw unusable(file, `cannot be written: ${(error as Error).message}`)
  }
}
