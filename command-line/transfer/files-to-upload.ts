import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Failure, wrongCall } from '../failure.ts'
import { isFolder, placeText, type FilePlace } from '../place.ts'

/** A file here and its place there. */
export interface FileToUpload {
  readonly file: string
  /** Bytes. */
  readonly size: number
  readonly place: FilePlace
}

const below = (place: FilePlace, name: string): FilePlace => {
  const { path } = place
  return { ...place, path: path === '' || path.endsWith('/') ? path + name : `${path}/${name}` }
}

const unreadable = (file: string, error: unknown): Failure =>
  (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? new Failure('no-such-file', `there is no ${file}`, { exit: 'not-found' })
    : new Failure('failed', `${file} cannot be read: ${(error as Error).message}`)

const statOf = (file: string) =>
  stat(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })

/** `above`: the folders that lead here, so that links which lead back are not followed for ever. */
async function* inFolder(
  folder: string,
  place: FilePlace,
  above: readonly string[],
): AsyncGenerator<FileToUpload, void, void> {
  const real = await realpath(folder)
  if (above.includes(real)) throw new Failure('failed', `${folder} leads back into a folder above it`)
  const names = await readdir(folder).catch((error: unknown) => {
    throw unreadable(folder, error)
  })
  for (const name of names.sort()) {
    const file = join(folder, name)
    const found = await statOf(file)
    if (found.isDirectory()) yield* inFolder(file, below(place, name), [...above, real])
    else if (found.isFile()) yield { file, size: found.size, place: below(place, name) }
    else throw new Failure('failed', `${file} is neither a file nor a folder`)
  }
}

async function* fromSource(
  source: string,
  target: FilePlace,
  alone: boolean,
): AsyncGenerator<FileToUpload, void, void> {
  const found = await statOf(source)
  if (found.isDirectory()) yield* inFolder(source, target, [])
  else
    yield {
      file: source,
      size: found.size,
      place: alone && !isFolder(target) ? target : below(target, basename(source)),
    }
}

/**
 * What an upload sends: a single file to the place itself, unless that is a folder; several files into the place; of a folder
 * all that is in it, below the place. Links are followed.
 * @throws {Failure} also when two files would have the same place
 */
export const filesToUpload = async (
  sources: readonly string[],
  target: FilePlace,
): Promise<readonly FileToUpload[]> => {
  const files: FileToUpload[] = []
  const seen = new Map<string, string>()
  for (const source of sources) {
    for await (const one of fromSource(source, target, sources.length === 1)) {
      const other = seen.get(one.place.path)
      if (other !== undefined) throw wrongCall(`${other} and ${one.file} would both become ${placeText(one.place)}`)
      seen.set(one.place.path, one.file)
      files.push(one)
    }
  }
  return files
}
