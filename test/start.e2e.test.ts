import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runProgram, type Outcome } from './child-process.ts'
import { adminToken } from './npm/admin-token.ts'
import { testPackage } from './npm/publish-document.ts'
import { ownEnvironment } from './own-environment.ts'
import { need } from './servers.ts'
import { freePort } from './free-port.ts'
import { startWaybill, type WaybillProcess } from './waybill-process.ts'

const root = join(import.meta.dirname, '..')
const bin = join(root, 'bin', 'waybill.js')
const setpriv = await need('setpriv')
const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-start-'))
  folders.push(folder)
  return folder
}

const waybillCommand = async (args: readonly string[], env: Record<string, string>): Promise<Outcome> =>
  runProgram(process.execPath, [bin, ...args], {
    cwd: await temporaryFolder(),
    env: ownEnvironment(env),
    timeout: 60_000,
  })

const publish = async ({ url }: WaybillProcess, token: string, name: string): Promise<number> => {
  const answer = await fetch(`${url}/npm/main/npm/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: testPackage(name, '1.0.0').body,
  })
  return answer.status
}

it('says in one sentence that its port is taken, and starts nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const data = join(await temporaryFolder(), 'data')
  const { code, stdout, stderr } = await waybillCommand(['start'], {
    WAYBILL_PORT: String(port),
    WAYBILL_DATA: data,
  })
  server.close()
  expect(code).toBe(1)
  expect(stdout).toBe('')
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(stderr).toContain(`port ${port}`)
})

it('refuses a second process on its data in one sentence', async () => {
  await using waybill = await startWaybill()
  const { code, stderr } = await waybillCommand(['start'], {
    WAYBILL_PORT: String(await freePort()),
    WAYBILL_DATA: waybill.dataFolder,
  })
  expect(code).toBe(1)
  const sentences = stderr.split('\n').filter((line) => line.startsWith('waybill: '))
  expect(sentences).toHaveLength(1)
  expect(sentences[0]).toContain(waybill.dataFolder)
})

describe.each(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  it('lets an upload under way finish, stops within 5 s with exit code 0, and starts again with what was stored', async () => {
    await using waybill = await startWaybill()
    const token = await adminToken(waybill)
    const { body } = testPackage('under-way', '1.0.0')
    const upload = request(`${waybill.url}/npm/main/npm/under-way`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        // answered when the request has arrived
        expect: '100-continue',
      },
    })
    const answered = once(upload, 'response')
    const arrived = once(upload, 'continue')
    upload.flushHeaders()
    await arrived
    upload.write(body.slice(0, 100))
    const began = performance.now()
    const exit = waybill.kill(signal)
    upload.end(body.slice(100))
    const [answer] = (await answered) as [{ statusCode: number; resume(): void }]
    answer.resume()
    expect(answer.statusCode).toBe(201)
    expect(await exit).toBe(0)
    expect(performance.now() - began).toBeLessThan(5000)

    await waybill.restart()
    const stored = await fetch(`${waybill.url}/npm/main/npm/under-way`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(stored.status).toBe(200)
  })

  it('does not wait for a client that never finishes', async () => {
    await using waybill = await startWaybill()
    const token = await adminToken(waybill)
    const upload = request(`${waybill.url}/npm/main/npm/endless`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-length': 1_000_000, expect: '100-continue' },
    })
    const arrived = once(upload, 'continue')
    upload.flushHeaders()
    await arrived
    const cut = once(upload, 'error')
    upload.write('{')
    const began = performance.now()
    expect(await waybill.kill(signal)).toBe(0)
    expect(performance.now() - began).toBeLessThan(5000)
    await cut
  })
})

it('rebuilds read models beside a running Waybill, which goes on serving', async () => {
  await using waybill = await startWaybill()
  const token = await adminToken(waybill)
  expect(await publish(waybill, token, 'before')).toBe(201)
  const rebuilt = await waybillCommand(['rebuild', '--all'], { WAYBILL_DATA: waybill.dataFolder })
  expect(rebuilt.code, rebuilt.stderr).toBe(0)
  expect(rebuilt.stdout).toContain('package_versions')
  expect(await publish(waybill, token, 'after')).toBe(201)
  for (const name of ['before', 'after']) {
    const found = await fetch(`${waybill.url}/npm/main/npm/${name}`, { headers: { authorization: `Bearer ${token}` } })
    expect(found.status).toBe(200)
  }
  const unknown = await waybillCommand(['rebuild', 'nonsense'], { WAYBILL_DATA: waybill.dataFolder })
  expect(unknown.code).toBe(2)
  expect(unknown.stderr).toContain('package_versions')
})

it('works in a folder that only its user may enter', async () => {
  const folder = await temporaryFolder()
  await chmod(folder, 0o700)
  const dataFolder = join(folder, 'data')
  await mkdir(dataFolder)
  await using waybill = await startWaybill({ dataFolder })
  expect(await publish(waybill, await adminToken(waybill), 'private-place')).toBe(201)
})

const isRoot = process.getuid?.() === 0

it.skipIf(!isRoot || setpriv.missing)('works as an ordinary user, twice in a row', async () => {
  const user = 65_534
  const home = await temporaryFolder()
  await chmod(home, 0o755)
  const copy = join(home, 'waybill')
  await cp(root, copy, {
    recursive: true,
    filter: (source) => !/^\/(\.git|\.waybill|dist|docs|test)(\/|$)/.test(source.slice(root.length)),
    verbatimSymlinks: true,
  })
  const data = join(home, 'data')
  await mkdir(data)
  await chown(data, user, user)
  const port = await freePort()
  for (let round = 0; round < 2; round++) {
    const child = spawn(
      'setpriv',
      [
        `--reuid=${user}`,
        `--regid=${user}`,
        '--clear-groups',
        process.execPath,
        join(copy, 'bin', 'waybill.js'),
        'start',
      ],
      { cwd: data, env: ownEnvironment({ HOME: data, WAYBILL_DATA: data, WAYBILL_PORT: String(port) }) },
    )
    let output = ''
    const ready = new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        output += chunk.toString()
        if (output.includes('listens on')) resolve()
      }
      child.stdout.on('data', read)
      child.stderr.on('data', read)
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${output}`)))
    })
    await ready
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
    expect(output.includes('Sign in as admin with the password')).toBe(round === 0)
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    expect((await exited)[0]).toBe(0)
  }
})
