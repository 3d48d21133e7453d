import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { claimFolder } from './folder-claim.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-claim-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const module = fileURLToPath(new URL('./folder-claim.ts', import.meta.url))

/** A process that claims the folder, says how that went, and holds it until it is killed. */
const claimant = async (): Promise<{ won: boolean; end(): Promise<void> }> => {
  const code = `
    const { claimFolder } = await import(${JSON.stringify(module)})
    await claimFolder(${JSON.stringify(folder)}).then(() => console.log('won'), (error) => console.log(error.message))
    setInterval(() => undefined, 1_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    won: line.toString().trim() === 'won',
    end: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

describe('a claim on a folder', () => {
  it('is won by at most one of many processes that start together, and free again when that one is killed', async () => {
    for (let round = 0; round < 3; round++) {
      const all = await Promise.all(Array.from({ length: 6 }, claimant))
      expect(all.filter(({ won }) => won).length).toBeLessThanOrEqual(1)
      for (const { end } of all) await end()
      const claim = await claimFolder(folder)
      await claim.release()
    }
    expect(await readdir(join(folder, 'running'))).toEqual([])
  })

  it('names the process that holds it', async () => {
    const claim = await claimFolder(folder)
    await expect(claimFolder(folder)).rejects.toThrow(`another Waybill (process ${process.pid}) works in ${folder}`)
    await claim.release()
    await (await claimFolder(folder)).release()
  })

  it('of a dead process is ignored although its process id now belongs to another', async () => {
    const bystander = spawn('sleep', ['60'])
    await mkdir(join(folder, 'running'))
    await writeFile(join(folder, 'running', `${bystander.pid}-12-4026531836-3e4b1a9c-0000-4000-8000-000000000000`), '')
    const claim = await claimFolder(folder)
    expect(await readdir(join(folder, 'running'))).toHaveLength(1)
    await claim.release()
    bystander.kill()
  })
})
