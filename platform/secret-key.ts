import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from './ids.ts'
import { PlatformError } from './platform-error.ts'

const KEY_BYTES = 32

const read = async (path: string): Promise<Uint8Array | undefined> => {
  try {
    const key = Buffer.from((await readFile(path, 'utf8')).trim(), 'base64')
    if (key.length === KEY_BYTES) return key
    throw new PlatformError('unavailable', `${path} does not hold a key of ${KEY_BYTES} bytes in base64: restore it`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * The key that secrets are encrypted and keyed with when WAYBILL_SECRET_KEY is unset: 32 random bytes in `secret-key` (mode
 * 0600) in the data folder, made on the first start; of processes that start together one makes it.
 */
export const keptSecretKey = async (dataFolder: string): Promise<Uint8Array> => {
  const path = join(dataFolder, 'secret-key')
  const known = await read(path)
  if (known !== undefined) return known
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  const unfinished = `${path}.${newId()}`
  const file = await open(unfinished, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(unfinished, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(unfinished, { force: true })
  }
  const kept = await read(path)
  if (kept === undefined) throw new PlatformError('unavailable', `${path} vanished while it was made`)
  return kept
}
