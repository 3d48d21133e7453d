import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { incomingOf, openStore, type TempFolder, tempFolder } from '../../../test/blob-store/file-store.ts'
import { bytesOf } from '../../../test/contracts/blob-store-bytes.ts'
import { isAlive, ownOwner } from './owner.ts'

const hour = 3_600_000

describe('opening the file blob store', () => {
  let folder: TempFolder
  beforeEach(async () => {
    folder = await tempFolder()
    await (await openStore(folder.path)).close()
  })
  afterEach(() => folder[Symbol.asyncDispose]())

  const abandon = async (name: string, ageMs: number): Promise<void> => {
    const path = join(folder.path, 'incoming', name)
    await writeFile(path, 'half a blo')
    const written = (Date.now() - ageMs) / 1000
    await utimes(path, written, written)
  }

  const [pid = '', start = '', space = ''] = ownOwner().split('.')

  it.each([
    ['of a process whose pid another has now', `${pid}.1.${space}-x`],
    ['of another container', `${pid}.${start}.1-x`],
    ['of nobody', 'strange'],
  ])('removes an upload %s after an hour, not before', async (_, name) => {
    await abandon(name, hour - 60_000)
    await (await openStore(folder.path)).close()
    expect(incomingOf(folder.path)).toEqual([name])
    await abandon(name, hour + 60_000)
    const said: unknown[] = []
    const log = { info: (fields: unknown) => void said.push(fields), warn: () => undefined }
    await (await openStore(folder.path, { log })).close()
    expect(incomingOf(folder.path)).toEqual([])
    expect(said).toEqual([{ swept: 1 }])
  })

  it('leaves the upload of a living process alone, however old, and that put succeeds', async () => {
    const store = await openStore(folder.path)
    const source = new PassThrough()
    source.write(bytesOf(300_000))
    const put = store.put(source)
    await vi.waitUntil(() => incomingOf(folder.path).length === 1)
    const other = await openStore(folder.path, { sweepAfterMs: 0, clock: { now: () => Date.now() + 99 * hour } })
    source.end(bytesOf(10))
    expect((await put).size).toBe(300_010)
    await Promise.all([store.close(), other.close()])
  })
})

describe('the owner of an upload', () => {
  it('is alive while it runs and not after', async () => {
    expect(isAlive(ownOwner())).toBe(true)
    const owner = new URL('./owner.ts', import.meta.url).href
    const script = `console.log((await import(${JSON.stringify(owner)})).ownOwner()); process.stdin.resume()`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    const closed = once(child, 'close')
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    expect(isAlive(line.trim())).toBe(true)
    child.stdin.end()
    await closed
    expect(isAlive(line.trim())).toBe(false)
  })

  it('is told by its pid alone where nothing else is known', () => {
    const [pid = '', , space = ''] = ownOwner().split('.')
    expect(isAlive(`${pid}.0.${space}`)).toBe(true)
    expect(isAlive(`99999999.0.${space}`)).toBe(false)
  })
})
