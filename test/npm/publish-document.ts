import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

export interface TestPackage {
  readonly name: string
  readonly version: string
  readonly tarball: Buffer
  /** The body of `PUT /{name}`, as the npm client makes it. */
  readonly body: string
}

/** A package with a tarball of its own; what is in it does not matter to the registry. */
export const testPackage = (name: string, version: string, content = `${name}@${version}`): TestPackage => {
  const tarball = gzipSync(content)
  const hash = (algorithm: string, encoding: 'hex' | 'base64') => createHash(algorithm).update(tarball).digest(encoding)
  const dist = { integrity: `sha512-${hash('sha512', 'base64')}`, shasum: hash('sha1', 'hex') }
  const body = JSON.stringify({
    _id: name,
    name,
    'dist-tags': { latest: version },
    versions: { [version]: { name, version, description: 'a test', dist } },
    access: null,
    _attachments: {
      [`${name}-${version}.tgz`]: {
        content_type: 'application/octet-stream',
        data: tarball.toString('base64'),
        length: tarball.length,
      },
    },
  })
  return { name, version, tarball, body }
}
