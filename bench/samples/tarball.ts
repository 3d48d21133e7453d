import { createCipheriv } from 'node:crypto'
import { gzipSync } from 'node:zlib'

const BLOCK = 512

/** A gzipped package of about `bytes` bytes: its package.json and one file that does not compress, the same for the same seed. */
export function packageTarball(packageJson: string, bytes: number, seed: string): Buffer {
  const manifest = Buffer.from(packageJson)
  const overhead = 200 + Math.ceil(manifest.length / 2)
  const payload = incompressible(Math.max(0, bytes - overhead), seed)
  const entries = [...tarEntry('package/package.json', manifest), ...tarEntry('package/data.bin', payload)]
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(2 * BLOCK)]), { level: 1 })
}

function incompressible(bytes: number, seed: string): Buffer {
  const key = Buffer.alloc(32)
  key.write(seed)
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes))
}

/** A ustar entry: header, content, padding to the block. */
function tarEntry(name: string, content: Buffer): Buffer[] {
  const header = Buffer.alloc(BLOCK)
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, '0')}\0`
  header.write(name, 0)
  header.write(octal(0o644, 8), 100)
  header.write(octal(0, 8), 108)
  header.write(octal(0, 8), 116)
  header.write(octal(content.length, 12), 124)
  header.write(octal(0o3560116604, 12), 136) // npm's fixed modification time, 1985-10-26
  header.write('        0', 148) // the checksum counts itself as spaces; then the type: a file
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)]
}
