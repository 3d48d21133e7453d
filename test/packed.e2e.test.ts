import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from './child-process.ts'
import { ownEnvironment } from './own-environment.ts'
import { need } from './servers.ts'
import { startWaybill } from './waybill-process.ts'

const upstream = await need('upstream')

const project = join(import.meta.dirname, '..')

describe.skipIf(upstream.missing)('the package that npm makes', () => {
  let folder = ''
  let command = ''
  // The person's own npm configuration says where packages come from.
  const env = ownEnvironment({ HOME: process.env.HOME ?? '', npm_config_audit: 'false', npm_config_fund: 'false' })

  const run = async (program: string, args: readonly string[], cwd: string): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(program, args, { cwd, env, timeout: 280_000 })
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stdout}\n${stderr}`)
    return stdout
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'waybill-packed-'))
    await run('npm', ['pack', '--pack-destination', folder], project)
    const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
    await run('npm', ['install', '--global', '--prefix', join(folder, 'global'), `./${tarball}`], folder)
    command = await realpath(join(folder, 'global', 'bin', 'waybill'))
  }, 300_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('starts when it is installed globally, without sources', async () => {
    await using waybill = await startWaybill({ bin: command })
    expect((await fetch(`${waybill.url}/healthz`)).status).toBe(200)
  })

  it('starts on an older Node by the runtime that it brings', async () => {
    const older = await need('older node')
    const node = older.missing ? process.execPath : older.version
    expect(await run(node, [command, '--version'], folder)).toMatch(/\d+\.\d+\.\d+/)
  })
})
