import type { Digests } from '../../platform/blob-store/blob-store.ts'

/** The digests of the whole file: RFC 9530, and the headers that artifact clients know. */
export const digestHeaders = ({ md5, sha1, sha256, sha512 }: Digests): Record<string, string> => ({
  'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  'x-checksum-md5': md5,
  'x-checksum-sha1': sha1,
  'x-checksum-sha256': sha256,
  'x-checksum-sha512': sha512,
})
