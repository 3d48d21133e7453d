import type { SeenRequest } from './faulty-proxy.ts'

/** Which of S3's operations a request is: those that the blob store uses. */
export const operationOf = ({ method, url, headers }: SeenRequest): string => {
  const [path = '', query = ''] = url.split('?')
  const has = (name: string): boolean => new URLSearchParams(query).has(name)
  const isCopy = headers['x-amz-copy-source'] !== undefined
  if (method === 'POST') return has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload'
  if (method === 'DELETE') return has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject'
  if (method === 'PUT' && has('partNumber')) return isCopy ? 'UploadPartCopy' : 'UploadPart'
  if (method === 'PUT') return isCopy ? 'CopyObject' : 'PutObject'
  if (has('uploads')) return 'ListMultipartUploads'
  if (has('list-type')) return 'ListObjectsV2'
  if (path === '/') return 'ListBuckets'
  return method === 'HEAD' ? 'HeadObject' : 'GetObject'
}
