import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken } from '../npm/admin-token.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { newPerson, type Person } from './calls.ts'

let waybill: WaybillProcess
/** Asks the server. */
let remote: Person
/** On the machine of the data. */
let local: Person

interface Entry {
  readonly position: string
  readonly type: string
  readonly at: string
  readonly subject: string | null
  readonly correlationId: string
  readonly actor: { readonly login: string | null }
}

/** More events than a page has, and names that a spreadsheet would run. */
const FILES = 320

beforeAll(async () => {
  waybill = await startWaybill()
  const token = await adminToken(waybill)
  remote = await newPerson({ WAYBILL_SERVER: waybill.url, WAYBILL_TOKEN: token })
  local = await newPerson(waybill.env)
  for (let file = 0; file < FILES; file++) await writeFile(join(remote.folder, `file-${file}.txt`), `${file}`)
  await remote.done(['upload', ...Array.from({ length: FILES }, (_, file) => `file-${file}.txt`), 'main/generic/many/'])
  for (const name of ['=cmd', '+1', '-1', '@x']) {
    await writeFile(join(remote.folder, name), 'x')
    await remote.done(['upload', `./${name}`, `main/generic/${name}`])
  }
})

afterAll(async () => {
  await remote[Symbol.asyncDispose]()
  await local[Symbol.asyncDispose]()
  await waybill.stop()
})

const both = async (args: readonly string[]): Promise<string> => {
  const [there, here] = [await remote.done(args), await local.done(args)]
  expect(here).toBe(there)
  return there
}

describe('the audit trail', () => {
  it('is listed newest first, the same from a server and from the data', async () => {
    const table = await both(['audit', 'list', '--limit', '3'])
    const [titles, first] = table.split('\n')
    expect(titles).toMatch(/^AT +POSITION +TYPE +WHERE +WHAT +WHO$/)
    expect(first).toMatch(/FileStored +main\/generic +@x +admin$/)
    const entries = JSON.parse(await both(['audit', 'list', '--json', '--limit', '400'])) as Entry[]
    expect(entries.length).toBeGreaterThan(FILES)
    expect(entries.map(({ position }) => position)).toEqual(
      [...entries.map(({ position }) => position)].sort().reverse(),
    )
  })

  it('is filtered the same from a server and from the data', async () => {
    const all = JSON.parse(await both(['audit', 'list', '--json', '--limit', '400'])) as Entry[]
    const one = all.find(({ type }) => type === 'FileStored')!
    const filters: readonly (readonly string[])[] = [
      ['--project', 'main'],
      ['--repository', 'main/generic', '--type', 'File*'],
      ['--project', 'main', '--repository', 'generic'],
      ['--actor', 'admin'],
      ['--type', 'Repository*', '--type', 'ProjectCreated'],
      ['--correlation', one.correlationId],
      ['--since', one.at],
      ['--until', one.at],
    ]
    for (const filter of filters) {
      const found = JSON.parse(await both(['audit', 'list', '--json', '--limit', '400', ...filter])) as Entry[]
      expect(found.length, filter.join(' ')).toBeGreaterThan(0)
    }
    const [created] = JSON.parse(await both(['audit', 'list', '--json', '--type', 'ProjectCreated'])) as Entry[]
    expect(created).toMatchObject({ subject: 'main', actor: { login: null } })
  })

  it.each([
    ['--type', 'no.type'],
    ['--since', 'yesterday'],
    ['--repository', 'generic'],
    ['--limit', '0'],
    ['--local', '--server', 'http://127.0.0.1:9'],
  ])('refuses a filter that means nothing (%s %s)', async (...filter) => {
    expect((await remote.call(['audit', 'list', ...filter])).code).toBe(2)
  })

  it('is for those who may read it', async () => {
    await using stranger = await newPerson({ WAYBILL_SERVER: waybill.url })
    expect((await stranger.call(['audit', 'list'])).code).toBe(4)
  })

  it('is not looked for where there is no data', async () => {
    await using stranger = await newPerson()
    const { code, stderr } = await stranger.call(['audit', 'list'])
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('there is no data of Waybill') as string,
    })
    expect(await readdir(stranger.folder)).toEqual([])
  })
})

describe('an export', () => {
  it('is every event in the order of the log, one a line, and goes on where it ended', async () => {
    const text = await both(['audit', 'export'])
    const entries = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry)
    expect(entries[0]?.type).toBe('StoreInitialised')
    expect(entries.filter(({ type }) => type === 'FileStored')).toHaveLength(FILES + 4)
    expect(entries.map(({ position }) => position)).toEqual([...entries.map(({ position }) => position)].sort())
    const middle = entries[200]!.position
    const rest = await both(['audit', 'export', '--after', middle])
    expect(text.endsWith(rest)).toBe(true)
    expect(rest.split('\n')).toHaveLength(entries.length - 200)
  })

  it('is a table whose cells no spreadsheet runs', async () => {
    const text = await both(['audit', 'export', '--format', 'csv', '--type', 'FileStored'])
    const [titles, ...lines] = text.trimEnd().split('\n')
    expect(titles).toBe(
      'position,at,type,project,repository,subject,actorKind,actorId,actorLogin,actorVia,stream,revision,eventId,' +
        'correlationId,causationId,data',
    )
    expect(lines).toHaveLength(FILES + 4)
    expect(lines.slice(-4).map((line) => line.split(',')[5])).toEqual(["'=cmd", "'+1", "'-1", "'@x"])
    const bare = await both(['audit', 'export', '--format', 'csv', '--type', 'FileStored', '--no-header'])
    expect(bare).toBe(text.slice(titles!.length + 1))
  })

  it('into a file is whole or not there', async () => {
    const file = join(local.folder, 'audit.csv')
    const { code, stdout, stderr } = await local.call(['audit', 'export', '--format', 'csv', '--output', file])
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
    expect(stderr).toMatch(/^\d+ events; go on later with --after \d{20}\n$/)
    expect(await readFile(file, 'utf8')).toBe(await remote.done(['audit', 'export', '--format', 'csv']))
    expect((await readdir(local.folder)).filter((name) => name.startsWith('audit.csv'))).toEqual(['audit.csv'])

    const nowhere = join(local.folder, 'nowhere', 'audit.csv')
    const refused = await local.call(['audit', 'export', '--output', nowhere])
    expect({ code: refused.code, stderr: refused.stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(nowhere) as string,
    })
  })
})
