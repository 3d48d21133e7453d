import { createServer } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type S3Fixture, startS3Fixture } from '../../../test/blob-store/s3-fixture.ts'
import { openStore, type S3Place } from '../../../test/blob-store/s3-store.ts'
import { runProgram } from '../../../test/child-process.ts'
import { ownEnvironment } from '../../../test/own-environment.ts'
import { need } from '../../../test/servers.ts'

const versitygw = await need('versitygw')

describe.skipIf(versitygw.missing)('opening the S3 blob store', () => {
  let s3: S3Fixture
  let place: S3Place

  beforeAll(async () => {
    s3 = await startS3Fixture()
    place = { ...s3.newPlace(), endpoint: s3.server.endpoint }
  })
  afterAll(() => s3.close())

  const refusal = async (changed: Partial<S3Place>): Promise<string> => {
    const failure: unknown = await openStore({ ...place, ...changed }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'unavailable' })
    return (failure as Error).message
  }
  const at = (sentence: string): string => `bucket blobs at ${place.endpoint}: ${sentence}`

  it('says that the bucket does not exist', async () => {
    expect(await refusal({ bucket: 'elsewhere' })).toBe(
      `bucket elsewhere at ${place.endpoint}: the bucket of the blob store does not exist`,
    )
  })

  it.each([
    ['key', { accessKeyId: 'nobody', secretAccessKey: 'testsecret' }],
    ['secret', { accessKeyId: 'test', secretAccessKey: 'wrong' }],
  ])('says that the credentials are wrong: the %s', async (_, credentials) => {
    expect(await refusal({ credentials })).toBe(
      at(
        'the server of the blob store does not accept the credentials: check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      ),
    )
  })

  it('says which region the bucket is in', async () => {
    expect(await refusal({ region: 'eu-west-1' })).toBe(
      at('the bucket of the blob store is in another region: set region=us-east-1'),
    )
  })

  it('says that nobody listens', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const { port } = free.address() as { port: number }
    free.close()
    await once(free, 'close')
    const endpoint = `http://127.0.0.1:${port}`
    expect(await refusal({ endpoint })).toBe(
      `bucket blobs at ${endpoint}: the server of the blob store cannot be reached (ECONNREFUSED)`,
    )
  })

  it('says that the server speaks no TLS', async () => {
    const endpoint = place.endpoint.replace('http:', 'https:')
    expect(await refusal({ endpoint })).toBe(
      `bucket blobs at ${endpoint}: the server of the blob store cannot be reached (EPROTO)`,
    )
  })

  it('says that there are no credentials, and takes those of the environment', async () => {
    const { credentials, ...bare } = place
    const stores = new URL('../../../test/blob-store/s3-store.ts', import.meta.url).href
    const script = `
      const { openInChild } = await import(${JSON.stringify(stores)})
      const store = await openInChild(process.argv[1]).catch((error) => console.log(error.message))
      if (store) console.log((await store.put(Buffer.from('hello'))).size)
      await store?.close()
    `
    const run = async (added: Record<string, string>): Promise<string> => {
      const env = ownEnvironment({ HOME: import.meta.dirname, AWS_EC2_METADATA_DISABLED: 'true', ...added })
      const args = ['--input-type=module', '-e', script, JSON.stringify(bare)]
      const outcome = await runProgram(process.execPath, args, { cwd: import.meta.dirname, env, timeout: 30_000 })
      return outcome.stdout.trim() || outcome.stderr
    }
    expect(await run({})).toBe(
      at('there are no credentials for the blob store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'),
    )
    const { accessKeyId, secretAccessKey } = credentials
    expect(await run({ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey })).toBe('5')
  })
})
