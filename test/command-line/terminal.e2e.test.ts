import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, readdir, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../child-process.ts'
import { adminToken } from '../npm/admin-token.ts'
import { ownEnvironment } from '../own-environment.ts'
import { need } from '../servers.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { newPerson, type Person } from './calls.ts'

const script = await need('script')
const bin = join(import.meta.dirname, '..', '..', 'bin', 'waybill.js')

let waybill: WaybillProcess
let person: Person
let environment: Record<string, string>

beforeAll(async () => {
  waybill = await startWaybill()
  person = await newPerson()
  await writeFile(join(person.folder, 'waybill'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`)
  await chmod(join(person.folder, 'waybill'), 0o755)
  environment = ownEnvironment({
    HOME: person.folder,
    PATH: `${person.folder}:${process.env.PATH ?? ''}`,
    TERM: 'xterm',
    WAYBILL_SERVER: waybill.url,
    WAYBILL_TOKEN: await adminToken(waybill),
  })
})

afterAll(async () => {
  await person[Symbol.asyncDispose]()
  await waybill.stop()
})

const inBash = (command: string) =>
  runProgram('bash', ['-c', command], { cwd: person.folder, env: environment, timeout: 60_000 })

/** The command in a terminal of its own. */
const inTerminal = (command: string, env = environment) => {
  const child = spawn('script', ['-qefc', command, '/dev/null'], { cwd: person.folder, env })
  const screen = { text: '' }
  child.stdout.on('data', (chunk: Buffer) => (screen.text += chunk.toString()))
  const ended = once(child, 'close').then(([code]) => code as number)
  return {
    child,
    screen,
    ended,
    sees: (text: string) => expect.poll(() => screen.text, { timeout: 20_000 }).toContain(text),
  }
}

describe('a shell', () => {
  it('may stop reading when it has seen enough', async () => {
    const { stdout, stderr } = await inBash('waybill audit export | head -n 1; echo "${PIPESTATUS[0]}"')
    const [first = '', code] = stdout.split('\n')
    expect(JSON.parse(first)).toMatchObject({ type: 'StoreInitialised' })
    expect({ code, stderr: stderr.replace(/^\d+ events.*\n/, '') }).toEqual({ code: '0', stderr: '' })
    // nobody reads at all
    const unread = await inBash('waybill audit export | true; echo "${PIPESTATUS[0]}"')
    expect({ stdout: unread.stdout, stderr: unread.stderr }).toEqual({ stdout: '0\n', stderr: '' })
  })

  it('completes commands and options by what bash was told', async () => {
    const completed = (words: string, current: number) =>
      inBash(
        `source <(waybill completion); COMP_WORDS=(${words}); COMP_CWORD=${current}; _waybill_yargs_completions; echo "\${COMPREPLY[*]}"`,
      )
    expect((await completed('waybill re', 1)).stdout.trim().split(' ').sort()).toEqual(['rebuild', 'replay', 'repo'])
    expect((await completed('waybill token cr', 2)).stdout.trim()).toBe('create')
    expect((await completed('waybill replay --un', 2)).stdout.trim()).toBe('--until')
  })

  it('shows no token to those who list processes', async () => {
    const { stdout } = await inBash('waybill token create --help')
    expect(stdout).not.toMatch(/--token[ =]/)
  })
})

describe.skipIf(script.missing)('a terminal', () => {
  it('asks for account and password, and shows nothing of the password', async () => {
    const { WAYBILL_TOKEN: _, ...env } = environment
    const { child, screen, ended, sees } = inTerminal('waybill login', env)
    await sees('account: ')
    child.stdin.write('admin\r')
    await sees('password: ')
    child.stdin.write(`${waybill.adminPassword}\r`)
    expect(await ended).toBe(0)
    expect(screen.text).toContain(`signed in to ${waybill.url} as admin`)
    expect(screen.text).not.toContain(waybill.adminPassword)
    expect((await stat(join(person.folder, '.config', 'waybill', 'config.json'))).isFile()).toBe(true)
  })

  it('shows how far long work is, and takes the bar away in the end', async () => {
    await writeFile(join(person.folder, 'big.bin'), randomBytes(30_000_000))
    const { screen, ended } = inTerminal('waybill upload big.bin main/generic/')
    expect(await ended).toBe(0)
    expect(screen.text).toMatch(/upload +\[#*\.*\] \d+%/)
    // a line of its own, not behind the bar
    expect(screen.text).toMatch(/\r\x1b\[K(.*\r)?big\.bin -> main\/generic\/big\.bin 30000000 sha256:[0-9a-f]{64}\r\n/)
  })

  it('shows no bar where results are for a program', async () => {
    const { screen, ended } = inTerminal('waybill download main/generic/big.bin --output copy.bin --json')
    expect(await ended).toBe(0)
    expect(JSON.parse(screen.text)).toMatchObject([{ place: 'main/generic/big.bin' }])
  })
})

it('ends with 130 when it is interrupted, and goes on with what came in the next call', async () => {
  const size = 1_000_000
  const slow = createServer((request, response) => {
    response.writeHead(200, { 'content-length': size, 'x-checksum-sha256': 'a'.repeat(64) })
    if (request.method === 'HEAD') return response.end()
    return response.write(Buffer.alloc(size / 2))
  }).listen(0, '127.0.0.1')
  await once(slow, 'listening')
  const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`
  const args = ['download', 'main/generic/slow.bin', '--server', url, '--json']
  const child = spawn(process.execPath, [bin, ...args], { cwd: person.folder, env: environment })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const part = `slow.bin.${'a'.repeat(16)}.part`
  await expect
    .poll(async () => (await readdir(person.folder)).includes(part) && (await stat(join(person.folder, part))).size, {
      timeout: 20_000,
    })
    .toBe(size / 2)
  const ended = once(child, 'close')
  child.kill('SIGINT')
  expect((await ended)[0]).toBe(130)
  expect(JSON.parse(stderr)).toEqual({ error: { code: 'interrupted', message: 'interrupted' } })
  expect((await stat(join(person.folder, part))).size).toBe(size / 2)
  slow.closeAllConnections()
  slow.close()
})
