import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { need } from './servers.ts'

const bundled = `node-linux-${process.arch}`
const bundledFolder = dirname(createRequire(import.meta.url).resolve(`${bundled}/package.json`))
const newNode = join(bundledFolder, 'bin', 'node')

const cli = `
import { getHeapSpaceStatistics } from 'node:v8'
let signals = 0
const kept: object[] = []
const newSpaceBytes = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')!.space_size
const fill = (argv: string[]): number => {
  for (let number = 0; number < 3_000_000; number += 1) kept.push({ number })
  console.log(JSON.stringify({ pid: process.pid, argv, newSpaceMiB: newSpaceBytes() / 2 ** 20 }))
  return 0
}
export const main = async (argv: string[]): Promise<number> => {
  if (argv[0] === 'start' || argv[0] === 'fill') return fill(argv)
  if (argv[0] === 'throw') throw new Error('it broke')
  if (argv[0] === 'exit') return Number(argv[1])
  if (argv[0] === 'abort') process.kill(process.pid, 'SIGKILL')
  const done = new Promise<number>((resolve) => {
    const count = (name: string) => {
      signals += 1
      console.log('got ' + name)
      if (signals === 1) setTimeout(() => resolve(40 + signals), 300)
    }
    process.on('SIGINT', () => count('SIGINT'))
    process.on('SIGTERM', () => count('SIGTERM'))
    setTimeout(() => resolve(99), 20_000)
  })
  console.log('ready ' + process.version + ' ' + JSON.stringify(argv))
  return done
}
`

let root = ''
const place = async (name: string, withRuntime: boolean): Promise<string> => {
  const folder = join(root, name)
  await mkdir(join(folder, 'bin'), { recursive: true })
  await mkdir(join(folder, 'node_modules'))
  for (const file of ['waybill.js', 'package.json']) {
    await copyFile(join(import.meta.dirname, '..', 'bin', file), join(folder, 'bin', file))
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'cli.ts'), cli)
  if (withRuntime) await symlink(bundledFolder, join(folder, 'node_modules', bundled))
  return join(folder, 'bin', 'waybill.js')
}

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

const start = (program: string, ...args: string[]) => startWith({}, program, ...args)

const startWith = (env: NodeJS.ProcessEnv, program: string, ...args: string[]) => {
  const options = { cwd: root, env: { PATH: process.env.PATH, ...env } }
  const child: ChildProcessWithoutNullStreams = spawn(program, args, options)
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const ended: Promise<Ended> = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
    stdout,
    stderr,
  }))
  return { child, ended, ready: () => expect.poll(() => stdout, { timeout: 15_000 }).toContain('ready') }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'waybill-bin-'))
  await writeFile(join(root, 'posing.cjs'), "Object.defineProperty(process.versions, 'node', { value: '20.1.0' })\n")
})

afterAll(() => rm(root, { recursive: true, force: true }))

describe('the waybill command on a new Node', () => {
  it('runs the sources as they are and keeps the exit code', async () => {
    const bin = await place('new', false)
    expect(await start(newNode, bin, 'exit', '7').ended).toEqual({ code: 7, signal: null, stdout: '', stderr: '' })
  })

  it('says what went wrong when the command throws', async () => {
    const ended = await start(newNode, await place('new-throws', false), 'throw').ended
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('waybill: Error: it broke')
  })

  it('runs the packed JavaScript where there are no sources', async () => {
    const bin = await place('packed', false)
    const folder = dirname(dirname(bin))
    await rm(join(folder, 'cli.ts'))
    await mkdir(join(folder, 'dist'))
    await writeFile(join(folder, 'dist', 'cli.js'), 'export const main = async () => 9')
    expect((await start(newNode, bin).ended).code).toBe(9)
  })
})

const old = await need('older node')

/** A Node that says it is an older one: what it does is the same, and every machine has it. */
const posing = ['--require', './posing.cjs']

/** What the command says of the space of new objects after it made three million of them. */
const filled = async ({ child, ended }: ReturnType<typeof start>) => {
  const { code, stdout, stderr } = await ended
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const said = JSON.parse(stdout) as { pid: number; argv: string[]; newSpaceMiB: number }
  return { ...said, samePid: said.pid === child.pid }
}

describe('the space of new objects', () => {
  it('stays small in a server, which stays the process that was started', async () => {
    const found = await filled(start(newNode, await place('space', false), 'start', 'a b', '--json'))
    expect(found).toMatchObject({ argv: ['start', 'a b', '--json'], samePid: true })
    expect(found.newSpaceMiB).toBeLessThanOrEqual(16) // two halves of 8
  })

  it('stays small where the runtime comes with the package', async () => {
    const found = await filled(start(newNode, ...posing, await place('old-space', true), 'start'))
    expect(found.newSpaceMiB).toBeLessThanOrEqual(16)
  })

  it('is left to V8 in all other commands', async () => {
    const found = await filled(start(newNode, await place('space-of-others', false), 'fill'))
    expect(found.newSpaceMiB).toBeGreaterThan(16)
  })

  it('is as large as whoever starts it says', async () => {
    const bin = await place('chosen-space', false)
    for (const flag of ['--max-semi-space-size=16', '--max_semi_space_size=16']) {
      expect((await filled(start(newNode, flag, bin, 'start'))).newSpaceMiB).toBe(32)
      expect((await filled(startWith({ NODE_OPTIONS: flag }, newNode, bin, 'start'))).newSpaceMiB).toBe(32)
    }
  })
})

describe('the waybill command on an older Node', () => {
  it('starts the runtime that comes with the package, with the same arguments', async () => {
    const { child, ended, ready } = start(newNode, ...posing, await place('old', true), 'a b', '--json')
    await ready()
    child.kill('SIGTERM')
    const { code, stdout, stderr } = await ended
    expect(stdout).toMatch(/^ready v24\S* \["a b","--json"\]\ngot SIGTERM\n$/)
    expect({ code, stderr }).toEqual({ code: 41, stderr: '' })
  })

  it('keeps the exit code', async () => {
    expect((await start(newNode, ...posing, await place('old-exit', true), 'exit', '7').ended).code).toBe(7)
  })

  it('dies of the signal that its runtime died of', async () => {
    expect((await start(newNode, ...posing, await place('old-abort', true), 'abort').ended).signal).toBe('SIGKILL')
  })

  it('says in one sentence what to do where no runtime came with it', async () => {
    const ended = await start(newNode, ...posing, await place('old-alone', false), 'start').ended
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^waybill: needs Node\.js 24 or newer and this is \d+\.\d+\.\d+; [^\n]+\n$/)
  })
})

describe.skipIf(old.missing)('the waybill command on a Node that really is older', () => {
  it('is understood, and starts the runtime that comes with the package', async () => {
    const ended = await start(old.version, await place('really-old', true), 'exit', '8').ended
    expect(ended).toEqual({ code: 8, signal: null, stdout: '', stderr: '' })
  })
})

const script = await need('script')

describe.skipIf(script.missing)('Ctrl-C in a terminal', () => {
  it('reaches the runtime once', async () => {
    const bin = await place('terminal', true)
    const { child, ended, ready } = start('script', '-qefc', `exec ${newNode} ${posing.join(' ')} ${bin}`, '/dev/null')
    await ready()
    child.stdin.write('\u0003')
    const { code, stdout } = await ended
    expect(stdout.match(/got SIGINT/g)).toHaveLength(1)
    expect(code).toBe(41)
  })
})
