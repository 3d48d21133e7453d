import { afterAll, beforeAll, expect, it } from 'vitest'
import { adminToken } from '../npm/admin-token.ts'
import { testPackage } from '../npm/publish-document.ts'
import { startWaybill, type WaybillProcess } from '../waybill-process.ts'
import { newPerson, type Person } from './calls.ts'

let waybill: WaybillProcess
let person: Person
let headers: Record<string, string>

beforeAll(async () => {
  waybill = await startWaybill()
  person = await newPerson(waybill.env)
  headers = { authorization: `Bearer ${await adminToken(waybill)}` }
})

afterAll(async () => {
  await person[Symbol.asyncDispose]()
  await waybill.stop()
})

/** Publishes one version after the other until it is told to stop; resolves with those that were acknowledged. */
const publisher = (name: string, stopped: () => boolean, acknowledged: (version: string) => void) => async () => {
  for (let number = 0; !stopped(); number++) {
    const version = `${number}.0.0`
    const answer = await fetch(`${waybill.url}/npm/main/npm/${name}`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/json' },
      body: testPackage(name, version).body,
    })
    expect([name, version, answer.status]).toEqual([name, version, 201])
    acknowledged(version)
  }
}

const versionsOf = async (name: string): Promise<readonly string[]> => {
  const answer = await fetch(`${waybill.url}/npm/main/npm/${name}`, { headers })
  expect(answer.status).toBe(200)
  return Object.keys(((await answer.json()) as { versions: object }).versions)
}

const inGraphql = async (name: string): Promise<readonly string[]> => {
  const query = `query ($after: String) { package(project: "main", repository: "npm", name: "${name}") {
    versions(first: 500, order: ASC, after: $after) { nodes { version } pageInfo { hasNextPage endCursor } } } }`
  const found: string[] = []
  for (let after: string | null = null; ;) {
    const answer = await fetch(`${waybill.url}/graphql`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { after } }),
    })
    const { data } = (await answer.json()) as {
      data: {
        package: {
          versions: { nodes: { version: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
        }
      }
    }
    const { nodes, pageInfo } = data.package.versions
    found.push(...nodes.map(({ version }) => version))
    if (!pageInfo.hasNextPage) return found
    after = pageInfo.endCursor
  }
}

it('builds every model anew while clients publish: they miss nothing meanwhile, and nothing is missing after', async () => {
  const names = ['one', 'two', 'three']
  const published = new Map<string, string[]>(names.map((name) => [name, []]))
  let stopped = false
  const publishing = names.map((name) =>
    publisher(
      name,
      () => stopped,
      (version) => published.get(name)?.push(version),
    )(),
  )
  let reads = 0
  const reading = (async () => {
    while (!stopped) {
      for (const name of names) {
        const known = [...(published.get(name) ?? [])]
        if (known.length === 0) continue
        const shown = new Set(await versionsOf(name))
        expect(known.filter((version) => !shown.has(version))).toEqual([])
        reads++
      }
      // the first versions need a moment
      await new Promise((resume) => setImmediate(resume))
    }
  })()
  const both = Promise.all([...publishing, reading])
  // a failure of theirs is thrown below
  both.catch(() => (stopped = true))
  const rebuilt: { model: string; events: number }[] = []
  for (let round = 0; round < 2; round++) rebuilt.push(...(await person.json<typeof rebuilt>(['rebuild', '--all'])))
  stopped = true
  await both

  expect(rebuilt.map(({ model }) => model)).toContain('package_versions')
  expect(reads).toBeGreaterThan(5)
  for (const name of names) {
    const acknowledged = published.get(name) ?? []
    expect(acknowledged.length).toBeGreaterThan(5)
    expect(await versionsOf(name)).toEqual(expect.arrayContaining(acknowledged))
    expect([...(await inGraphql(name))].sort()).toEqual([...acknowledged].sort())
  }
  const ready = await fetch(`${waybill.url}/readyz`)
  expect(ready.status).toBe(200)
})

it('builds one model, says how long it took, and refuses one that is not there', async () => {
  const said = await person.done(['rebuild', 'tags', 'files'])
  expect(said).toMatch(/^tags +\d+ events in \d+\.\d s \(\d+\/s\)\nfiles +\d+ events in \d+\.\d s \(\d+\/s\)\n$/)
  const unknown = await person.call(['rebuild', 'nonsense'])
  expect({ code: unknown.code, stderr: unknown.stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is no read model "nonsense"; there are projects') as string,
  })
  expect((await person.call(['rebuild'])).code).toBe(2)
})
