import { json } from 'node:stream/consumers'
import { Failure } from '../failure.ts'
import type { ServerClient } from '../server-client.ts'

/** A JSON document of the server. */
export const readJson = async <Document>(client: ServerClient, address: string): Promise<Document> => {
  const { body } = await client.send({
    method: 'GET',
    address,
    headers: { accept: 'application/json' },
    repeatable: true,
  })
  try {
    return (await json(body)) as Document
  } catch (error) {
    throw new Failure('connection-lost', `the answer of ${client.origin} broke off`, {
      cause: error,
      exit: 'unavailable',
    })
  }
}
