import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'

const ROUNDS = 6
const CONCURRENT = 60

let dataFolder: string
let waybill: WaybillProcess

beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'waybill-crash-'))
  waybill = await startWaybill({ dataFolder })
})

afterAll(async () => {
  await waybill.stop()
  await rm(dataFolder, { recursive: true, force: true })
})

interface Upload {
  readonly path: string
  readonly bytes: Buffer
}

const request = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${waybill.url}/generic/main/generic/${path}`, {
    ...init,
    headers: { authorization: `Basic ${btoa(`admin:${waybill.adminPassword}`)}` },
  })

/** True: acknowledged; false: refused, or the connection broke. */
const upload = async ({ path, bytes }: Upload): Promise<boolean> => {
  try {
    const answer = await request(path, { method: 'PUT', body: new Uint8Array(bytes) })
    await answer.arrayBuffer()
    return answer.status === 201
  } catch {
    return false // the process was killed under it
  }
}

/** `whole`: listed and with its very bytes; `absent`: neither; anything else is a defect. */
const stateOf = async ({ path, bytes }: Upload, listed: ReadonlySet<string>): Promise<'whole' | 'absent' | 'half'> => {
  const answer = await request(path)
  const got = Buffer.from(await answer.arrayBuffer())
  if (answer.status === 404) return listed.has(path) ? 'half' : 'absent'
  const etag = `"sha256:${createHash('sha256').update(bytes).digest('hex')}"`
  const whole = answer.status === 200 && got.equals(bytes) && answer.headers.get('etag') === etag && listed.has(path)
  return whole ? 'whole' : 'half'
}

const listing = async (): Promise<ReadonlySet<string>> => {
  const answer = await request('?recursive=1')
  const { entries } = (await answer.json()) as { entries: { name: string }[] }
  return new Set(entries.map(({ name }) => name))
}

it(`keeps every acknowledged upload and no half one through ${ROUNDS} kills under ${CONCURRENT} uploads`, async () => {
  const acknowledged: Upload[] = []
  let broken = 0
  for (let round = 0; round < ROUNDS; round++) {
    // small ones stay in memory until they are whole, large ones are in a file by then
    const uploads = Array.from({ length: CONCURRENT }, (_, index) => ({
      path: `round-${round}/${index % 7}/${index}`,
      bytes: randomBytes(index % 5 === 0 ? 3_000_000 : 2_000),
    }))
    const enough = 1 + round * 8
    const killed = Promise.withResolvers<number | null>()
    let count = 0
    const answers = uploads.map(async (entry) => {
      const acknowledgement = await upload(entry)
      if (acknowledgement && ++count === enough) killed.resolve(waybill.kill('SIGKILL'))
      return acknowledgement
    })
    await killed.promise
    const known = await Promise.all(answers)
    await waybill.restart()
    const listed = await listing()
    for (const [index, entry] of uploads.entries()) {
      const state = await stateOf(entry, listed)
      if (known[index] === true) acknowledged.push(entry)
      else broken += 1
      expect(known[index] === true ? ['whole'] : ['whole', 'absent'], `${entry.path} of round ${round}`).toContain(
        state,
      )
    }
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(ROUNDS)
  expect(broken).toBeGreaterThan(ROUNDS)
  const listed = await listing()
  for (const entry of acknowledged) expect(await stateOf(entry, listed), entry.path).toBe('whole')
})
