import { expect, it } from 'vitest'
import { PlatformError } from '../../platform-error.ts'
import { onS3, s3Failure, unlessMissing } from './s3-failure.ts'

const sdkError = (name: string, facts: object = {}): Error => Object.assign(new Error('from a server'), { name }, facts)
const status = (httpStatusCode: number): object => ({ $metadata: { httpStatusCode } })

it.each([
  [sdkError('SlowDown', status(503)), 'the server of the blob store asks for fewer requests'],
  [sdkError('InternalError', status(500)), 'the server of the blob store failed (500 InternalError)'],
  [sdkError('UnknownError', status(502)), 'the server of the blob store failed (502)'],
  [sdkError('Error', { code: 'ECONNRESET' }), 'the server of the blob store cannot be reached (ECONNRESET)'],
  [
    sdkError('Error', { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }),
    'the server of the blob store cannot be reached (UNABLE_TO_VERIFY_LEAF_SIGNATURE)',
  ],
  [
    sdkError('Error', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    'the server of the blob store cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT)',
  ],
  [sdkError('TimeoutError'), 'the server of the blob store did not answer in time'],
  [sdkError('Forbidden', status(403)), 'the credentials do not allow this in the bucket of the blob store'],
  [sdkError('PermanentRedirect', status(301)), 'the bucket of the blob store is in another region'],
  [sdkError('XMinioStorageFull', status(507)), 'the server of the blob store has no room left'],
  [new Error('Region is missing'), 'the blob store has no region: set region= in its URL, or AWS_REGION'],
  [sdkError('TypeError'), 'the server of the blob store failed (TypeError)'],
  [undefined, 'the server of the blob store failed'],
])('says in one sentence what to look at: %s', (error, sentence) => {
  expect(s3Failure(error)).toMatchObject({ code: 'unavailable', message: sentence, cause: error })
})

it('passes on what is a failure of the platform already', async () => {
  const failure = new PlatformError('unavailable', 'the disk is full')
  await expect(onS3(Promise.reject(failure))).rejects.toBe(failure)
})

it.each(['NotFound', 'NoSuchKey', 'NoSuchUpload'])('takes %s for an answer', async (name) => {
  expect(await unlessMissing(Promise.reject<string>(sdkError(name, status(404))))).toBeUndefined()
})

it('does not take a bucket that is gone for a blob that is missing', async () => {
  await expect(unlessMissing(Promise.reject(sdkError('NoSuchBucket', status(404))))).rejects.toMatchObject({
    message: 'the bucket of the blob store does not exist',
  })
})
