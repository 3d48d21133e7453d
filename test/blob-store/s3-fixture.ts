import { randomBytes } from 'node:crypto'
import type { S3Client } from '@aws-sdk/client-s3'
import { type FaultyProxy, startFaultyProxy } from '../s3/faulty-proxy.ts'
import { startVersity, type Versity } from '../s3/versity.ts'
import { clientOf, type S3Place } from './s3-store.ts'

/** A gateway with a bucket, and a door in front of it that sees and spoils requests. */
export interface S3Fixture {
  readonly server: Versity
  readonly proxy: FaultyProxy
  readonly bucket: string
  /** Straight to the gateway. */
  readonly client: S3Client
  /** A prefix that nothing is below, behind the door. */
  newPlace(): S3Place
  close(): Promise<void>
}

export const startS3Fixture = async (): Promise<S3Fixture> => {
  const server = await startVersity()
  const bucket = 'blobs'
  await server.makeBucket(bucket)
  const proxy = await startFaultyProxy(server.port)
  const client = clientOf(server)
  return {
    server,
    proxy,
    bucket,
    client,
    newPlace: () => ({
      endpoint: proxy.endpoint,
      region: server.region,
      credentials: server.credentials,
      bucket,
      prefix: `${randomBytes(6).toString('hex')}/`,
    }),
    close: async () => {
      client.destroy()
      await proxy.close()
      await server.close()
    },
  }
}
