import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../failure.ts'
import { fileAddress, placeText } from '../place.ts'
import type { ServerAnswer, ServerClient } from '../server-client.ts'
import type { FileToDownload } from './files-to-download.ts'

/** Tries in a row that bring no byte. */
const FRUITLESS_TRIES = 5
const REDIRECTS = new Set([302, 303, 307, 308])

/** The answer with the bytes from `offset` on, from wherever the server keeps them. */
const openBytes = async (
  client: ServerClient,
  { place, sha256 }: FileToDownload,
  offset: number,
): Promise<ServerAnswer> => {
  const headers = offset === 0 ? {} : { range: `bytes=${offset}-`, 'if-range': `"sha256:${sha256}"` }
  const answer = await client.send({ method: 'GET', address: fileAddress(place), headers, repeatable: true })
  const { location } = answer.headers
  if (!REDIRECTS.has(answer.status) || location === undefined) return answer
  answer.body.resume()
  // elsewhere there is no tag of ours; the address is of these bytes alone
  const range = offset === 0 ? {} : { range: `bytes=${offset}-` }
  return client.send({ method: 'GET', address: location, headers: range, repeatable: true })
}

const changed = ({ place }: FileToDownload): Failure =>
  new Failure('revision-conflict', `${placeText(place)} was changed while it was fetched; fetch it again`)

const checkedAnswer = (answer: ServerAnswer, file: FileToDownload, offset: number): ServerAnswer => {
  const { status, headers, body } = answer
  const known = headers['x-checksum-sha256']
  const begins =
    offset === 0 ? status === 200 : status === 206 && headers['content-range']?.startsWith(`bytes ${offset}-`)
  if (begins === true && (known === undefined || known === file.sha256)) return answer
  body.destroy()
  throw changed(file)
}

/**
 * The bytes of a file from `offset` on. Where the connection breaks off it is asked for the rest, as long as that brings any.
 * @throws {Failure} what the server refuses with, `connection-lost`, `revision-conflict`: it is another file now
 */
export async function* bytesFrom(
  client: ServerClient,
  file: FileToDownload,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  let offset = from
  let fruitless = 0
  while (offset < file.size) {
    const before = offset
    try {
      const { body } = checkedAnswer(await openBytes(client, file, offset), file, offset)
      for await (const chunk of body as AsyncIterable<Buffer>) {
        if (offset + chunk.length > file.size) throw changed(file)
        offset += chunk.length
        yield chunk
      }
      if (offset < file.size) throw new Failure('connection-lost', 'the answer was too short')
    } catch (error) {
      signal.throwIfAborted()
      const refused = error instanceof Failure && error.code !== 'connection-lost' && error.code !== 'unreachable'
      fruitless = offset > before ? 0 : fruitless + 1
      if (
        refused ||
        fruitless === FRUITLESS_TRIES ||
        (error instanceof Failure && error.code === 'unreachable' && offset === from)
      )
        throw error
      await wait(Math.min(200 * 2 ** fruitless, 5000), undefined, { signal })
    }
  }
}
