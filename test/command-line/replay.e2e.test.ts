import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { adminToken } from '../npm/admin-token.ts'
import { testPackage } from '../npm/publish-document.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { newPerson, type Person } from './calls.ts'

let waybill: WaybillProcess
let token: string
let person: Person
let between = ''
/** The files of the second moment, as the server had them then. */
let paths: readonly string[] = []

const publish = async (name: string, version: string): Promise<void> => {
  const answer = await fetch(`${waybill.url}/npm/main/npm/${name}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: testPackage(name, version).body,
  })
  expect(answer.status).toBe(201)
}

/** An instant that is past, and before everything that follows. */
const instantBetween = async (): Promise<string> => {
  const instant = new Date().toISOString()
  await vi.waitFor(() => expect(new Date().toISOString()).not.toBe(instant))
  return instant
}

beforeAll(async () => {
  waybill = await startWaybill()
  token = await adminToken(waybill)
  person = await newPerson({ ...waybill.env, WAYBILL_SERVER: waybill.url, WAYBILL_TOKEN: token })
  await publish('left', '1.0.0')
  await writeFile(join(person.folder, 'a.txt'), 'a')
  await person.done(['upload', 'a.txt', 'main/generic/x/'])
  between = await instantBetween()
  await publish('left', '1.1.0')
  await publish('right', '1.0.0')
  await person.done(['upload', 'a.txt', 'main/generic/y/'])
  const listed = await fetch(`${waybill.url}/generic/main/generic/?recursive=1`, {
    headers: { authorization: `Bearer ${token}` },
  })
  paths = ((await listed.json()) as { entries: { name: string }[] }).entries.map(({ name }) => name)
})

afterAll(async () => {
  await person[Symbol.asyncDispose]()
  await waybill.stop()
})

const replay = (repository: string, until: string, ...more: readonly string[]): readonly string[] => [
  ...['replay', '--repository', repository, '--until', until],
  ...more,
]

it('prints a repository as it was, beside a running Waybill, twice the same', async () => {
  const then = await person.done(replay('main/npm', between))
  expect(then).toBe(await person.done(replay('main/npm', between)))
  expect(then).toMatch(/^repository main\/npm id=\S+ format=npm kind=hosted public=no overwrite=no created=\S+$/m)
  expect(then).toMatch(/^tag left latest 1\.0\.0$/m)
  expect(then).toMatch(/^version-file left 1\.0\.0 left-1\.0\.0\.tgz \d+ sha256:[0-9a-f]{64}$/m)
  expect(then).not.toContain('1.1.0')
  const now = await person.done(replay('main/npm', await instantBetween()))
  expect(now).toMatch(/^tag left latest 1\.1\.0$/m)
  expect(now).toMatch(/^package right versions=1$/m)
})

it('prints the same as JSON, and of it what is asked for', async () => {
  const until = await instantBetween()
  const files = await person.json<{ files: { path: string }[]; grants: unknown[] }>(
    replay('main/generic', until, '--grants'),
  )
  expect(files.files.map(({ path }) => path)).toEqual(paths)
  expect(files.grants).toMatchObject([{ role: 'admin', scope: 'system', subject: { kind: 'account' } }])
  const some = await person.json<{ files: { path: string }[] }>(replay('main/generic', until, '--path', 'y/'))
  expect(some.files.map(({ path }) => path)).toEqual(['y/a.txt'])
  const left = await person.done(replay('main/npm', until, '--package', 'left'))
  expect(left).not.toContain('right')
})

it.each([
  [3, 'main/nothing', '00000000000000000003'],
  [3, 'main/npm', '00000000000000000001'],
  [2, 'main/npm', '2999-01-01T00:00:00Z'],
  [2, 'main/npm', '99999999999999999999'],
  [2, 'main/npm', 'yesterday'],
  [2, 'npm', '00000000000000000003'],
])('ends with %i for %s at %s', async (expected, repository, until) => {
  const { code, stdout, stderr } = await person.call([...replay(repository, until), '--json'])
  expect({ code, stdout }).toEqual({ code: expected, stdout: '' })
  expect(JSON.parse(stderr)).toMatchObject({ error: { message: expect.any(String) as string } })
})

it('works when no Waybill runs, and on the data of one that was killed', async () => {
  const until = await instantBetween()
  const before = await person.done(replay('main/npm', until))
  await waybill.kill('SIGKILL')
  expect(await person.done(replay('main/npm', until))).toBe(before)
  await waybill.restart()
  expect(await person.done(replay('main/npm', until))).toBe(before)
})
