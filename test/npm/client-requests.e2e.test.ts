import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { npmClient, type NpmClient } from '../clients.ts'
import { need } from '../servers.ts'
import { recordingRegistry, type Recorded } from './recording-registry.ts'

const NAME = '@acme/thing'
const npm = await need('npm')

describe.skipIf(npm.missing)('what the npm client sends', () => {
  let registry: Awaited<ReturnType<typeof recordingRegistry>>
  let client: NpmClient
  let project: string

  const run = async (...args: string[]): Promise<Recorded[]> => {
    registry.asked()
    const { code, stderr } = await client.run(args, project)
    if (code !== 0) throw new Error(`npm ${args.join(' ')}: ${stderr}`)
    return registry.asked()
  }
  const publish = async (version: string, ...args: string[]): Promise<Recorded[]> => {
    const manifest = { name: NAME, version, description: 'A "thing" / mit Umlaut ä', bin: 'cli.js', license: 'MIT' }
    await writeFile(join(project, 'package.json'), JSON.stringify(manifest))
    return run('publish', ...args)
  }

  beforeAll(async () => {
    registry = await recordingRegistry(NAME, '/npm/main/npm')
    client = await npmClient({ registry: registry.url, token: 'secret' })
    project = join(client.home, 'project')
    await mkdir(project)
    await writeFile(join(project, 'cli.js'), '#!/usr/bin/env node\n')
    await writeFile(join(project, 'README.md'), '# A thing\n')
  })

  afterAll(async () => registry.close())

  const packument = { kind: 'packument', name: NAME }

  it('a publish is one version with its tag and tarball', async () => {
    for (const [version, ...args] of [['1.0.0'], ['1.1.0'], ['2.0.0'], ['3.0.0-rc.1', '--tag', 'next']] as const) {
      expect(await publish(version, ...args)).toEqual([
        {
          method: 'PUT',
          route: packument,
          meant: { version, tags: [args[1] ?? 'latest'], bytes: expect.any(Number) as number },
        },
      ])
    }
  })

  it('a deprecation is one change for each version, and so is taking it back', async () => {
    expect(await run('deprecate', `${NAME}@1`, 'use "2"')).toEqual([
      {
        method: 'PUT',
        route: packument,
        meant: [
          { kind: 'deprecate', version: '1.0.0', message: 'use "2"' },
          { kind: 'deprecate', version: '1.1.0', message: 'use "2"' },
        ],
      },
    ])
    expect(await run('deprecate', `${NAME}@1.1.0`, '')).toMatchObject([
      { meant: [{ kind: 'undeprecate', version: '1.1.0' }] },
    ])
  })

  it('a tag has requests of its own', async () => {
    const route = { kind: 'dist-tag', name: NAME, tag: 'lts' }
    expect(await run('dist-tag', 'add', `${NAME}@1.1.0`, 'lts')).toEqual([{ method: 'PUT', route, meant: '1.1.0' }])
    expect(await run('dist-tag', 'rm', NAME, 'lts')).toEqual([{ method: 'DELETE', route }])
  })

  it('a star is a change by who sends it', async () => {
    expect(await run('star', NAME)).toMatchObject([{ route: packument, meant: [{ kind: 'star' }] }])
    expect(await run('unstar', NAME)).toMatchObject([{ route: packument, meant: [{ kind: 'unstar' }] }])
  })

  it('an owner is added and removed at the revision, and no version goes with it', async () => {
    const route = { kind: 'packument-rev', name: NAME }
    expect(await run('owner', 'add', 'al', NAME)).toMatchObject([
      { method: 'PUT', route, meant: [{ kind: 'add-maintainer', login: 'al' }] },
    ])
    expect(await run('owner', 'rm', 'al', NAME)).toMatchObject([
      { method: 'PUT', route, meant: [{ kind: 'remove-maintainer', login: 'al' }] },
    ])
  })

  it('unpublishing a version moves latest, removes the version, then its tarball', async () => {
    expect(await run('unpublish', `${NAME}@2.0.0`)).toMatchObject([
      {
        method: 'PUT',
        route: { kind: 'packument-rev', name: NAME },
        meant: [
          { kind: 'set-tag', tag: 'latest', version: '3.0.0-rc.1' },
          { kind: 'delete-version', version: '2.0.0' },
        ],
      },
      { method: 'DELETE', route: { kind: 'tarball-rev', name: NAME, version: '2.0.0' } },
    ])
  })

  it('unpublishing a package is a deletion at the revision', async () => {
    expect(await run('unpublish', NAME, '--force')).toMatchObject([
      { method: 'DELETE', route: { kind: 'packument-rev', name: NAME } },
    ])
  })
})
