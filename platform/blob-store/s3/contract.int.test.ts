import { afterAll, beforeAll, describe } from 'vitest'
import type { S3Client } from '@aws-sdk/client-s3'
import { clientOf, openStore, type S3Place, unfinishedBelow } from '../../../test/blob-store/s3-store.ts'
import { blobStoreContract } from '../../../test/contracts/blob-store.ts'
import { startVersity, type Versity } from '../../../test/s3/versity.ts'
import { need } from '../../../test/servers.ts'
import type { S3BlobStoreOptions } from './s3-blob-store.ts'

const versitygw = await need('versitygw')

describe.skipIf(versitygw.missing)('a bucket of the Versity gateway', () => {
  let server: Versity
  let client: S3Client
  let places = 0

  const newPlace = (): S3Place => {
    places += 1
    return { ...server, bucket: 'blobs', prefix: `store-${places}/` }
  }

  beforeAll(async () => {
    server = await startVersity()
    await server.makeBucket('blobs')
    client = clientOf(server)
  })

  afterAll(async () => {
    client.destroy()
    await server.close()
  })

  const contract = (name: string, options: Partial<S3BlobStoreOptions>): void =>
    blobStoreContract(name, {
      open: async () => {
        const { bucket, prefix, ...place } = newPlace()
        const store = await openStore({ ...place, bucket, prefix }, options)
        return { store, leftovers: () => unfinishedBelow(client, bucket, prefix), close: () => store.close() }
      },
      childModule: new URL('../../../test/blob-store/s3-store.ts', import.meta.url),
      // What it keeps goes with the server.
      childArgument: () => {
        const { endpoint, region, credentials, bucket, prefix } = newPlace()
        const argument = JSON.stringify({ endpoint, region, credentials, bucket, prefix })
        return Promise.resolve({ argument, end: () => Promise.resolve() })
      },
    })

  contract('S3', {})
  contract('S3, uploading from the first chunk on', { sizes: { held: 50_000 } })
})
