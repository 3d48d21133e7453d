import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { endHosts, type HostOptions, startHost } from '../../test/postgres-hosts.ts'
import { need } from '../../test/servers.ts'

const setpriv = await need('setpriv')
const unshare = await need('unshare')
const asRoot = process.geteuid?.() === 0

let parent: string
let folder: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'waybill-identity-'))
  folder = join(parent, 'postgres')
})

afterEach(async () => {
  await endHosts()
  await rm(parent, { recursive: true, force: true })
})

/** A PATH with nothing but these programs. */
const only = async (...programs: string[]): Promise<HostOptions> => {
  const place = await mkdtemp(join(parent, 'programs-'))
  for (const program of programs) await symlink(join('/usr/bin', program), join(place, program))
  return { env: { PATH: place } }
}

const STRANGER = 65_534

/** Starts and stops Postgres, and says as whom it ran and to whom every file belongs. */
const runOnce = async (options: HostOptions): Promise<{ as: string; owners: number[] }> => {
  const host = await startHost(folder, options)
  expect(host.answer.refused).toBeUndefined()
  await host.kill('SIGTERM')
  const owners = new Set<number>()
  for (const entry of await readdir(join(folder, 'cluster'), { recursive: true })) {
    owners.add((await lstat(join(folder, 'cluster', entry))).uid)
  }
  return { as: /"as":"(\w+)"/.exec(host.log())?.[1] ?? '', owners: [...owners] }
}

describe.skipIf(!asRoot || setpriv.missing || unshare.missing)('started by root, Postgres', () => {
  it('runs in a user namespace in a folder that only root may enter, twice, with files that stay root’s', async () => {
    expect(await runOnce({})).toEqual({ as: 'mapped', owners: [0] })
    expect(await runOnce({})).toEqual({ as: 'mapped', owners: [0] })
  })

  it('runs as another user there where no user namespace is allowed, and keeps that user from then on', async () => {
    const first = await runOnce(await only('setpriv'))
    expect(first.as).toBe('switched')
    expect(first.owners).toHaveLength(1)
    expect(first.owners).not.toEqual([0])
    expect(await runOnce(await only('setpriv'))).toEqual(first)
    expect(await runOnce({})).toEqual(first)
  })

  it('gives root’s files to that user when user namespaces are forbidden later', async () => {
    expect(await runOnce({})).toEqual({ as: 'mapped', owners: [0] })
    const later = await runOnce(await only('setpriv'))
    expect(later.as).toBe('switched')
    expect(later.owners).not.toContain(0)
  })

  it('runs as another user without any program’s help in a folder that everybody may enter', async () => {
    await chmod(parent, 0o755)
    expect((await runOnce(await only())).as).toBe('switched')
  })

  it('says in one sentence what stands in the way when nothing is possible', async () => {
    const host = await startHost(folder, await only())
    expect(host.answer.refused).toMatch(
      /does not run here \(.*unshare.*setpriv.*\): start Waybill as .* WAYBILL_DATABASE$/,
    )
  })
})

describe.skipIf(asRoot && setpriv.missing)('started by an ordinary user, Postgres', () => {
  const ordinary = asRoot ? { by: ['setpriv', `--reuid=${STRANGER}`, `--regid=${STRANGER}`, '--clear-groups'] } : {}
  const uid = asRoot ? STRANGER : (process.geteuid?.() ?? 0)

  beforeEach(async () => {
    if (asRoot) await chown(parent, STRANGER, STRANGER)
  })

  it('runs as that user, twice', async () => {
    expect(await runOnce(ordinary)).toEqual({ as: 'self', owners: [uid] })
    expect(await runOnce(ordinary)).toEqual({ as: 'self', owners: [uid] })
  })

  it('starts again after a kill', async () => {
    const host = await startHost(folder, ordinary)
    await host.kill('SIGKILL')
    expect(await runOnce(ordinary)).toEqual({ as: 'self', owners: [uid] })
  })

  it.skipIf(!asRoot)('keeps that user’s files when root starts it next', async () => {
    await runOnce(ordinary)
    expect(await runOnce({})).toEqual({ as: 'switched', owners: [uid] })
    expect(await runOnce(ordinary)).toEqual({ as: 'self', owners: [uid] })
  })

  it.skipIf(!asRoot)('refuses somebody else’s folder in one sentence', async () => {
    await mkdir(folder)
    await chown(folder, 0, 0)
    const host = await startHost(folder, ordinary)
    expect(host.answer.refused).toContain('belongs to another user: start Waybill as that user')
  })

  it.skipIf(!asRoot || unshare.missing)('runs as a user id that no file names', async () => {
    await chown(parent, 12_345, 12_345)
    const nameless = { by: ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups'] }
    expect(await runOnce(nameless)).toEqual({ as: 'mapped', owners: [12_345] })
  })
})
