import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { Failure } from './failure.ts'

/** What the file system refuses, in the words of the command line; what else goes wrong meanwhile keeps its own. */
const onFile = <Result>(file: string, work: Promise<Result>): Promise<Result> =>
  work.catch((error: unknown) => {
    throw new Failure('failed', `${file} cannot be written: ${(error as Error).message}`, { cause: error })
  })

/**
 * Writes a file that has its name only when it is whole: until then it lies beside it under another. What was there before is
 * replaced.
 */
export const writeWhole = async (
  file: string,
  fill: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> => {
  const fresh = `${file}.${randomBytes(6).toString('hex')}.part`
  const handle = await onFile(file, open(fresh, 'wx'))
  try {
    await fill((text) => onFile(file, handle.writeFile(text)))
    await onFile(file, handle.sync())
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  await onFile(file, rename(fresh, file))
}
