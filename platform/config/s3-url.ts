/** Where blobs are kept on an S3-compatible server. */
export interface S3Location {
  readonly bucket: string
  /** Begins every key: empty, or with a slash at its end. */
  readonly prefix: string
  /** The server's address; without one AWS's own of the region. */
  readonly endpoint?: string
  /** Without one `us-east-1` at an endpoint, which most servers take, and AWS_REGION or the AWS profile otherwise. */
  readonly region?: string
  /** The bucket in the path (`https://host/bucket/key`) instead of in the host's name. */
  readonly forcePathStyle: boolean
  /**
   * Whether clients may be sent to the server for large blobs. They must then be able to reach its address, and under a
   * name other than Waybill's: npm sends its credentials on to the same name, whatever the port, and S3 refuses those.
   */
  readonly redirect: boolean
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const prefixPath = /^[\w.-]+(\/[\w.-]+)*$/
const regionName = /^[\w-]{1,64}$/

const choices = { style: ['path', 'host'], redirect: ['off', 'on'] } as const
const keys = ['endpoint', 'region', 'redirect', 'style'] as const
type Key = (typeof keys)[number]

const readQuery = (query: URLSearchParams): Partial<Record<Key, string>> => {
  const found: Partial<Record<Key, string>> = {}
  for (const [name, value] of query) {
    const key = keys.find((known) => known === name)
    if (key === undefined) throw new Error(`${JSON.stringify(name)} is none of ${keys.join(', ')}`)
    if (found[key] !== undefined) throw new Error(`${key} is given twice`)
    found[key] = value
  }
  return found
}

const readEndpoint = (text: string): string => {
  const url = URL.parse(text)
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error('endpoint is no http:// or https:// URL')
  if (url.username + url.password + url.search + url.hash !== '')
    throw new Error('endpoint has more than a host, a port and a path')
  return url.href.replace(/\/$/, '')
}

const chosen = <K extends keyof typeof choices>(key: K, value: string): (typeof choices)[K][number] => {
  const choice = choices[key].find((known) => known === value)
  if (choice === undefined) throw new Error(`${key} is neither ${choices[key].join(' nor ')}`)
  return choice
}

/**
 * Reads `s3://bucket/prefix?endpoint=...&region=...&style=path|host&redirect=off|on`. All but the bucket may be left out: the
 * style is then `path` with an endpoint and `host` without one, and no client is redirected, because a server beside Waybill
 * can often be reached by Waybill alone.
 * @throws {Error} with what is wrong, in words that do not repeat the text
 */
export const readS3Url = (text: string): S3Location => {
  const url = URL.parse(text)
  if (url?.protocol !== 's3:' || url.hash !== '') throw new Error('expected s3://bucket/prefix?endpoint=...&region=...')
  if (url.username + url.password !== '')
    throw new Error('the credentials belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the URL')
  if (url.port !== '') throw new Error('the name behind s3:// is the bucket, and the server belongs into endpoint=')
  if (!bucketName.test(url.hostname)) throw new Error('the name behind s3:// is no name of a bucket')
  const path = url.pathname.replace(/^\/|\/$/g, '')
  if (path !== '' && !prefixPath.test(path))
    throw new Error('the prefix is not made of letters, digits, dots, hyphens and underscores between slashes')
  const { endpoint, region, redirect = 'off', style } = readQuery(url.searchParams)
  if (region !== undefined && !regionName.test(region)) throw new Error('region is no name of a region')
  const wantsPath = style === undefined ? endpoint !== undefined : chosen('style', style) === 'path'
  return {
    bucket: url.hostname,
    prefix: path === '' ? '' : `${path}/`,
    ...(endpoint !== undefined && { endpoint: readEndpoint(endpoint) }),
    ...(region !== undefined && { region }),
    forcePathStyle: wantsPath,
    redirect: chosen('redirect', redirect) === 'on',
  }
}
