import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../child-process.ts'
import { npmClient, type NpmClient } from '../clients.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { adminToken } from './admin-token.ts'

const NAME = '@acme/hello'
const npm = await need('npm')

describe.skipIf(npm.missing)('the npm client', () => {
  let waybill: WaybillProcess
  let registry: string
  let token: string
  let client: NpmClient
  let folder: string
  let project: string

  const run = async (args: readonly string[], cwd = project): Promise<Outcome> => {
    const outcome = await client.run(args, cwd)
    expect(outcome.code, `npm ${args.join(' ')}\n${outcome.stdout}\n${outcome.stderr}`).toBe(0)
    return outcome
  }
  const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run([...args, '--json'])).stdout)
  const refused = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await client.run(args, project)
    expect(code, `npm ${args.join(' ')} should be refused`).not.toBe(0)
    return stderr
  }
  const release = async (version: string, ...args: string[]): Promise<void> => {
    const manifest = { name: NAME, version, description: 'greets', main: 'hello.js', keywords: ['greeting'] }
    await writeFile(join(project, 'package.json'), JSON.stringify(manifest))
    await writeFile(join(project, 'hello.js'), `module.exports = 'hello ${version}'\n`)
    await run(['publish', ...args])
  }
  const instantAfterAMoment = async (): Promise<string> => {
    await pause(5)
    const instant = new Date().toISOString()
    await pause(5)
    return instant
  }

  beforeAll(async () => {
    waybill = await startWaybill()
    registry = `${waybill.url}/npm/main/npm/`
    token = await adminToken(waybill)
    client = await npmClient({ registry, token })
    folder = await mkdtemp(join(tmpdir(), 'waybill-client-'))
    project = join(folder, 'project')
    await mkdir(project)
    await writeFile(join(project, 'README.md'), '# Hello\n\nGreets.\n')
  })

  afterAll(async () => {
    await waybill.stop()
    await rm(folder, { recursive: true, force: true })
  })

  let before = ''

  it('pings, and says who it is signed in as', async () => {
    await run(['ping'])
    expect((await run(['whoami'])).stdout.trim()).toBe('admin')
  })

  it('publishes with tags, and sees the document at once', async () => {
    await release('1.0.0')
    before = await instantAfterAMoment()
    await release('1.1.0', '--tag', 'next')
    expect(await json('view', NAME, 'dist-tags')).toEqual({ latest: '1.0.0', next: '1.1.0' })
    expect(await json('view', NAME, 'versions')).toEqual(['1.0.0', '1.1.0'])
    expect(await json('view', NAME, 'readme')).toContain('Greets.')
  })

  it('is refused a version that is published already, in the words it knows', async () => {
    expect(await refused('publish', '--tag', 'next')).toMatch(/E403|cannot publish over|published already/)
  })

  it('moves, adds, lists and removes tags', async () => {
    await run(['dist-tag', 'add', `${NAME}@1.0.0`, 'stable'])
    expect((await run(['dist-tag', 'ls', NAME])).stdout.trim().split('\n').sort()).toEqual([
      'latest: 1.0.0',
      'next: 1.1.0',
      'stable: 1.0.0',
    ])
    await run(['dist-tag', 'rm', NAME, 'stable'])
    expect(await refused('dist-tag', 'rm', NAME, 'stable')).toContain('stable')
    expect(await json('view', NAME, 'dist-tags')).toEqual({ latest: '1.0.0', next: '1.1.0' })
  })

  it('deprecates and takes it back', async () => {
    await run(['deprecate', `${NAME}@1.0.0`, 'has a "bug"'])
    expect(await json('view', `${NAME}@1.0.0`, 'deprecated')).toBe('has a "bug"')
    await run(['deprecate', `${NAME}@1.0.0`, ''])
    expect((await run(['view', `${NAME}@1.0.0`, 'deprecated'])).stdout.trim()).toBe('')
  })

  it('finds it by search', async () => {
    expect(await json('search', 'greeting')).toMatchObject([{ name: NAME, version: '1.0.0' }])
    expect(await json('search', 'nothing-like-it')).toEqual([])
  })

  it('installs it, and installs it again from the lockfile in another folder', async () => {
    const user = join(folder, 'user')
    await mkdir(user)
    await writeFile(join(user, 'package.json'), JSON.stringify({ name: 'user', version: '1.0.0' }))
    await run(['install', `${NAME}@next`], user)
    const other = join(folder, 'other')
    await mkdir(other)
    for (const file of ['package.json', 'package-lock.json'])
      await writeFile(join(other, file), await readFile(join(user, file)))
    await run(['ci'], other)
    expect(await readFile(join(other, 'node_modules', NAME, 'hello.js'), 'utf8')).toContain('hello 1.1.0')
  })

  it('sees the repository as it was, and cannot change the past', async () => {
    const past = await npmClient({ registry: `${waybill.url}/npm/main/npm@${before}/`, token })
    const view = await past.run(['view', NAME, 'versions', 'dist-tags', '--json'], project)
    expect(JSON.parse(view.stdout)).toEqual({ versions: ['1.0.0'], 'dist-tags': { latest: '1.0.0' } })
    const install = join(folder, 'past')
    await mkdir(install)
    expect((await past.run(['install', NAME], install)).code).toBe(0)
    expect(await readFile(join(install, 'node_modules', NAME, 'hello.js'), 'utf8')).toContain('hello 1.0.0')
    const write = await past.run(['dist-tag', 'add', `${NAME}@1.0.0`, 'old'], project)
    expect(write.code).not.toBe(0)
    expect(write.stderr).toContain('the past')
  })

  it('unpublishes one version, then all', async () => {
    await run(['unpublish', `${NAME}@1.1.0`, '--force'])
    expect(JSON.stringify(await json('view', NAME, 'versions'))).not.toContain('1.1.0')
    expect(await json('view', NAME, 'dist-tags')).toEqual({ latest: '1.0.0' })
    expect(await refused('publish', '--tag', 'again')).toContain('removed earlier')
    await run(['unpublish', NAME, '--force'])
    expect(await refused('view', NAME)).toContain('E404')
  })

  it('signs out, and its token is worth nothing any more', async () => {
    await run(['logout'])
    const answer = await fetch(`${registry}-/whoami`, { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(401)
  })
})
