import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from './child-process.ts'
import { npmClient } from './clients.ts'
import { adminToken } from './npm/admin-token.ts'
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
    const install = ['install', '--global', '--ignore-scripts', '--prefix', join(folder, 'global'), `./${tarball}`]
    await run('npm', install, folder)
    command = await realpath(join(folder, 'global', 'bin', 'waybill'))
  }, 300_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('starts when it is installed globally, without sources', async () => {
    await using waybill = await startWaybill({ bin: command })
    expect((await fetch(`${waybill.url}/healthz`)).status).toBe(200)
  })

  it('publishes and installs a package there, and carries out commands beside', async () => {
    await using waybill = await startWaybill({ bin: command })
    const token = await adminToken(waybill)
    const npm = await npmClient({ registry: `${waybill.url}/npm/main/npm/`, token })
    const [source, target] = [join(folder, 'source'), join(folder, 'target')]
    for (const made of [source, target]) await mkdir(made)
    await writeFile(join(source, 'package.json'), '{ "name": "packed", "version": "1.0.0" }')
    expect(await npm.run(['publish'], source)).toMatchObject({ code: 0 })
    await writeFile(join(target, 'package.json'), '{}')
    expect(await npm.run(['install', 'packed'], target)).toMatchObject({ code: 0 })
    expect(existsSync(join(target, 'node_modules', 'packed', 'package.json'))).toBe(true)

    const waybillCommand = async (...args: readonly string[]): Promise<string> => {
      const own = { WAYBILL_SERVER: waybill.url, WAYBILL_TOKEN: token, WAYBILL_DATA: waybill.dataFolder }
      const options = { cwd: folder, env: ownEnvironment({ HOME: folder, ...own }), timeout: 60_000 }
      const { code, stdout, stderr } = await runProgram(process.execPath, [command, ...args], options)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      return stdout
    }
    expect(await waybillCommand('repo', 'list')).toMatch(/^main\/npm +npm +hosted/m)
    expect(await waybillCommand('rebuild', '--all')).toMatch(/^package_versions +\d+ events in/m)
    const replay = ['replay', '--repository', 'main/npm', '--until', new Date().toISOString()]
    expect(await waybillCommand(...replay)).toMatch(/^tag packed latest 1\.0\.0$/m)
    expect(await waybillCommand('upload', join(source, 'package.json'), 'main/generic/')).toContain('sha256:')
    expect(await npm.run(['view', 'packed', 'version'], target)).toMatchObject({ code: 0, stdout: '1.0.0\n' })
  })

  it('starts on an older Node by the runtime that it brings', async () => {
    const older = await need('older node')
    const node = older.missing ? process.execPath : older.version
    expect(await run(node, [command, '--version'], folder)).toMatch(/\d+\.\d+\.\d+/)
  })
})
