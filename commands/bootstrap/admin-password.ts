import { randomBytes } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const pathIn = (dataFolder: string): string => join(dataFolder, 'admin-password')

const readIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/**
 * The generated password of `admin`, from its file (mode 0600) in the data folder, which is made when it is missing: on the
 * disk before the account is created, so that a crash between the two loses nothing.
 */
export const generatedPassword = async (dataFolder: string): Promise<string> => {
  const path = pathIn(dataFolder)
  const known = await readIfThere(path)
  if (known !== undefined && known !== '') return known
  const password = randomBytes(18).toString('base64url')
  const unfinished = `${path}.new`
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  await rm(unfinished, { force: true })
  await using file = await open(unfinished, 'wx', 0o600)
  await file.writeFile(`${password}\n`)
  await file.sync()
  await rename(unfinished, path)
  await using folder = await open(dataFolder)
  await folder.sync()
  return password
}

/** For a password that turned out not to be the account's. */
export const discardPassword = (dataFolder: string): Promise<void> => rm(pathIn(dataFolder), { force: true })
