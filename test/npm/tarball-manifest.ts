import { gunzipSync } from 'node:zlib'

const BLOCK = 512

/** The package.json of an npm tarball, as the file holds it; throws when there is none. */
export const tarballManifest = (tarball: Buffer): Record<string, unknown> => {
  const tar = gunzipSync(tarball)
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const text = (start: number, length: number) =>
      tar.toString('utf8', at + start, at + start + length).split('\0')[0] ?? ''
    const size = Number.parseInt(text(124, 12), 8)
    // The folder at the top is `package` by custom only.
    if (/^[^/]+\/package\.json$/.test(text(0, 100)) && text(345, 155) === '') {
      return JSON.parse(tar.toString('utf8', at + BLOCK, at + BLOCK + size)) as Record<string, unknown>
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  throw new Error('the tarball holds no package.json')
}
