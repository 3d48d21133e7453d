import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { publishRequest, versionNumber } from './sample-package.ts'

interface PublishBody {
  readonly versions: Record<string, { readonly dist: { readonly integrity: string } }>
  readonly _attachments: Record<string, { readonly data: string; readonly length: number }>
}

const sample = { name: 'bench-sample', versions: 3, tarballBytes: 20_000 }
const parsed = (index: number): PublishBody =>
  JSON.parse(publishRequest(sample, index, 'http://registry.example').body.toString()) as PublishBody

it('publishes a tarball of the size asked for, whose digest the manifest names', () => {
  const { versions, _attachments } = parsed(0)
  const attachment = _attachments['bench-sample-1.0.0.tgz']
  const tarball = Buffer.from(attachment?.data ?? '', 'base64')
  expect(tarball.length).toBe(attachment?.length)
  expect(Math.abs(tarball.length - sample.tarballBytes)).toBeLessThan(1000)
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`
  expect(versions['1.0.0']?.dist.integrity).toBe(integrity)
})

it('packs a tar archive whose first file is the package.json', () => {
  const tar = gunzipSync(Buffer.from(parsed(0)._attachments['bench-sample-1.0.0.tgz']?.data ?? '', 'base64'))
  const size = Number.parseInt(tar.toString('latin1', 124, 135), 8)
  expect(tar.toString('latin1', 0, 20)).toBe('package/package.json')
  expect(JSON.parse(tar.toString('utf8', 512, 512 + size))).toMatchObject({ name: 'bench-sample', version: '1.0.0' })
})

it('sends manifests of 2 to 4.5 kB, as published libraries have', () => {
  for (const index of [0, 1, 2]) {
    const manifest = JSON.stringify(parsed(index).versions[versionNumber(index)])
    expect(manifest.length).toBeGreaterThan(2000)
    expect(manifest.length).toBeLessThan(4500)
  }
})

it('gives a thousand versions numbers of their own', () => {
  expect(new Set(Array.from({ length: 1000 }, (_, index) => versionNumber(index))).size).toBe(1000)
})
