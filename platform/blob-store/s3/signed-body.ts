import type { PutObjectCommand, UploadPartCommand } from '@aws-sdk/client-s3'

/**
 * Signs the request with a SHA-256 of the body that is known already, instead of hashing it again. The server compares it with
 * what arrives (Signature Version 4, "x-amz-content-sha256"), so bytes that changed on the way are refused.
 */
export const signedBody = <C extends PutObjectCommand | UploadPartCommand>(command: C, sha256: string): C => {
  const stack = command.middlewareStack as UploadPartCommand['middlewareStack']
  stack.add(
    (next) => (build) => {
      const { headers } = build.request as { readonly headers: Record<string, string> }
      headers['x-amz-content-sha256'] = sha256
      return next(build)
    },
    { step: 'build', name: 'knownBodyDigest' },
  )
  return command
}
