import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { fileAddress, isFolder, placeText, type FilePlace } from '../place.ts'
import type { ServerClient } from '../server-client.ts'
import { readJson } from './read-json.ts'

/** A file there, as the server describes it, and its name here. */
export interface FileToDownload {
  readonly place: FilePlace
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  readonly target: string
}

interface Listing {
  readonly entries: readonly { readonly name: string; readonly size: number; readonly sha256: string }[]
  readonly next: string | null
}

/** A server names files; where they are written is decided here. */
const checkedName = (name: string): string => {
  const wrong = name
    .split('/')
    .some((segment) => segment === '' || segment === '.' || segment === '..' || /[\\\0]/.test(segment))
  if (wrong)
    throw new Failure('failed', `the server lists a file whose name cannot be one here: ${JSON.stringify(name)}`)
  return name
}

/** The file that the server has under a place. */
const describe = async (client: ServerClient, place: FilePlace): Promise<Omit<FileToDownload, 'target'>> => {
  const { status, headers, body } = await client.send({ method: 'HEAD', address: fileAddress(place), repeatable: true })
  body.resume()
  if (status >= 300)
    throw new Failure(
      'usage',
      `${placeText(place)} is a folder: write it with a / at its end to fetch all that is in it`,
      {
        exit: 'usage',
      },
    )
  const sha256 = headers['x-checksum-sha256']
  const size = Number(headers['content-length'])
  if (typeof sha256 !== 'string' || !Number.isSafeInteger(size))
    throw new Failure('not-waybill', `${client.origin} answers, but not as Waybill does`)
  return { place, size, sha256 }
}

/** All files below a folder. */
async function* listBelow(
  client: ServerClient,
  folder: FilePlace,
): AsyncGenerator<Omit<FileToDownload, 'target'> & { readonly name: string }> {
  let after: string | null = ''
  do {
    const query: string = new URLSearchParams({ recursive: '1', format: 'json', after }).toString()
    const page: Listing = await readJson<Listing>(client, `${fileAddress(folder)}?${query}`)
    for (const { name, size, sha256 } of page.entries)
      yield { name: checkedName(name), place: { ...folder, path: folder.path + name }, size, sha256 }
    after = page.next
  } while (after !== null)
}

/**
 * What a download fetches: a file under its own name, or all files below a folder under their names in it. `into`: the folder
 * here; `as`: the name here of a single file.
 */
export const filesToDownload = async (
  client: ServerClient,
  places: readonly FilePlace[],
  { into, as }: { readonly into: string; readonly as?: string | undefined },
): Promise<readonly FileToDownload[]> => {
  const files: FileToDownload[] = []
  for (const place of places) {
    if (isFolder(place))
      for await (const { name, ...file } of listBelow(client, place)) files.push({ ...file, target: join(into, name) })
    else {
      const name = checkedName(place.path.slice(place.path.lastIndexOf('/') + 1))
      files.push({ ...(await describe(client, place)), target: as ?? join(into, name) })
    }
  }
  return files
}
