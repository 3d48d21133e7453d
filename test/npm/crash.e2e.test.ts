import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { READ_MODELS } from '../../projections/models.ts'
import { withDatabaseOf } from '../engines/waybill-database.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { adminToken } from './admin-token.ts'
import { testPackage, type TestPackage } from './publish-document.ts'

const ROUNDS = 20
const CONCURRENT = 200

let dataFolder: string
let waybill: WaybillProcess
let token: string

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'waybill-crash-'))
  waybill = await startWaybill({ dataFolder })
  token = await adminToken(waybill)
})

afterAll(async () => {
  await waybill.stop()
  await rm(dataFolder, { recursive: true, force: true })
})

const address = (path: string) => `${waybill.url}/npm/main/npm/${path}`
const headers = () => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' })

/** True: acknowledged; false: refused, or the connection broke. */
const publish = async ({ name, body }: TestPackage): Promise<boolean> => {
  try {
    const answer = await fetch(address(name), { method: 'PUT', headers: headers(), body })
    await answer.arrayBuffer()
    return answer.status === 201
  } catch {
    return false // the process was killed under it
  }
}

interface Packument {
  readonly versions: Readonly<Record<string, { readonly dist: { readonly shasum: string; readonly tarball: string } }>>
  readonly 'dist-tags': Readonly<Record<string, string>>
}

/** `whole`: listed, tagged and with its very bytes; `absent`: nothing of it shows; anything else is a defect. */
const stateOf = async ({ name, version, tarball }: TestPackage): Promise<'whole' | 'absent' | 'half'> => {
  const [document, file] = await Promise.all([
    fetch(address(name), { headers: headers() }),
    fetch(address(`${name}/-/${name}-${version}.tgz`), { headers: headers() }),
  ])
  const bytes = Buffer.from(await file.arrayBuffer())
  if (document.status === 404 && file.status === 404) return 'absent'
  if (document.status !== 200 || file.status !== 200) return 'half'
  const { versions, 'dist-tags': tags } = (await document.json()) as Packument
  const shasum = createHash('sha1').update(bytes).digest('hex')
  const whole = bytes.equals(tarball) && versions[version]?.dist.shasum === shasum && tags.latest === version
  return whole ? 'whole' : 'half'
}

it(`keeps every acknowledged publish and no half one through ${ROUNDS} kills under ${CONCURRENT} publishes`, async () => {
  const acknowledged: TestPackage[] = []
  let broken = 0
  for (let round = 0; round < ROUNDS; round++) {
    const packages = Array.from({ length: CONCURRENT }, (_, index) => testPackage(`crash-${round}-${index}`, '1.0.0'))
    // early, in the middle and late in the burst, however fast the machine is
    const enough = 1 + round * 9
    const killed = Promise.withResolvers<number | null>()
    let count = 0
    const answers = packages.map(async (entry) => {
      const acknowledgement = await publish(entry)
      if (acknowledgement && ++count === enough) killed.resolve(waybill.kill('SIGKILL'))
      return acknowledgement
    })
    await killed.promise
    const known = await Promise.all(answers)
    await waybill.restart()
    const states = await Promise.all(packages.map(stateOf))
    packages.forEach((entry, index) => {
      if (known[index] === true) acknowledged.push(entry)
      else broken += 1
      const allowed = known[index] === true ? ['whole'] : ['whole', 'absent']
      expect(allowed, `${entry.name}, acknowledged: ${known[index]}`).toContain(states[index])
    })
  }
  expect(acknowledged.length).toBeGreaterThan(CONCURRENT)
  expect(broken).toBeGreaterThan(CONCURRENT)
  for (const entry of acknowledged) expect(await stateOf(entry), entry.name).toBe('whole')
}, 600_000)

/** Runs work on the database of the stopped Waybill; answers what every read model holds, as one hash. */
const hashOfModels = (dropAfterwards: boolean): Promise<string> =>
  withDatabaseOf(dataFolder, async (database) => {
    const hash = createHash('sha256')
    for (const { name } of READ_MODELS) {
      const rows = await database.long.unsafe(`select t::text as row from ${name} t order by t::text collate "C"`)
      for (const { row } of rows) hash.update(`${name} ${row as string}\n`)
    }
    if (dropAfterwards) {
      for (const { name } of READ_MODELS) await database.long.unsafe(`drop view ${name}`)
      const tables = await database.long<{ name: string }[]>`
        select tablename as name from pg_tables where schemaname = 'public' and tablename ~ '_v[0-9]+_b[0-9]+$'`
      for (const { name } of tables) await database.long.unsafe(`drop table ${name}`)
      await database.long`delete from read_models`
    }
    return hash.digest('hex')
  })

it('builds all read models again from the log to the same rows after they were dropped', async () => {
  await waybill.kill('SIGTERM')
  const before = await hashOfModels(true)
  await waybill.restart()
  await waybill.kill('SIGTERM')
  expect(await hashOfModels(false)).toBe(before)
  await waybill.restart()
}, 120_000)
