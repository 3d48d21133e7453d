import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startRegistry, type GenericRegistry } from './registry.ts'

let registry: GenericRegistry

interface Listing {
  readonly path: string
  readonly entries: readonly {
    readonly type: string
    readonly name: string
    readonly size?: number
    readonly sha256?: string
  }[]
  readonly next: string | null
}

const list = async (user: string | undefined, path: string, query = ''): Promise<Listing> => {
  const { status, body } = await registry.as(user, [`${registry.at(path, 'tree')}?format=json${query}`])
  if (status !== 200) throw new Error(`${status} ${body}`)
  return JSON.parse(body) as Listing
}
const names = ({ entries }: Listing) => entries.map(({ type, name }) => (type === 'folder' ? `${name}/` : name))

const REPOSITORY = { project: 'main', repository: 'tree', format: 'generic', kind: 'hosted' }
const PATHS = [
  'a/x/1',
  'a/x/2',
  'a/y',
  'a.txt',
  'a0',
  'public/readme',
  'releases/1.0/app',
  'releases/2.0/app',
  '<b>&"/x',
  'c:d',
]

beforeAll(async () => {
  registry = await startRegistry()
  await registry.command('CreateRepository', REPOSITORY)
  for (const path of PATHS) {
    const encoded = path.split('/').map(encodeURIComponent).join('/')
    expect((await registry.put(registry.at(encoded, 'tree'), path)).status, path).toBe(201)
  }
  const account = { kind: 'human', password: 'correct horse battery' }
  await registry.command('CreateAccount', { account: 'releaser', ...account })
  await registry.command('CreateAccount', { account: 'stranger', ...account })
  const scope = 'main/tree:releases/2*'
  await registry.command('GrantRole', { role: 'developer', account: 'releaser', scope })
  await registry.command('GrantRole', { role: 'viewer', account: 'releaser', scope: 'main/tree:public/*' })
})

afterAll(() => registry.stop())

const releaser = 'releaser:correct horse battery'
const stranger = 'stranger:correct horse battery'

describe('a listing', () => {
  it('shows what is in a folder, in pages', async () => {
    const all = ['<b>&"/', 'a.txt', 'a/', 'a0', 'c:d', 'public/', 'releases/']
    expect(names(await list(registry.admin, ''))).toEqual(all)
    const found: string[] = []
    for (let after = ''; ;) {
      const page = await list(registry.admin, '', `&limit=2&after=${encodeURIComponent(after)}`)
      expect(page.entries.length).toBeLessThanOrEqual(2)
      found.push(...names(page))
      if (page.next === null) break
      after = page.next
    }
    expect(found).toEqual(all)
    const { entries } = await list(registry.admin, 'a/')
    expect(entries).toMatchObject([
      { type: 'folder', name: 'x' },
      { type: 'file', name: 'y', size: 3 },
    ])
    expect(names(await list(registry.admin, '', '&recursive=1'))).toEqual([...PATHS].sort())
    expect(names(await list(registry.admin, 'a/', '&recursive=1&limit=2'))).toEqual(['x/1', 'x/2'])
    expect(names(await list(registry.admin, 'a/', '&recursive=1&after=x/2'))).toEqual(['y'])
  })

  it('is HTML without any script for browsers, with every name escaped and encoded', async () => {
    const { headers, body } = await registry.curl('-H', 'Accept: text/html,*/*', registry.at('', 'tree'))
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';/)
    expect(body).toContain('<a href="./%3Cb%3E%26%22/">&lt;b&gt;&amp;&quot;/</a>')
    expect(body).toContain('<a href="./c%3Ad">c:d</a>')
    expect(body).not.toContain('<b>')
    expect(body).not.toMatch(/<script/i)
    const json = await registry.curl('-H', 'Accept: application/json', registry.at('', 'tree'))
    expect(json.headers['content-type']).toMatch(/^application\/json/)
  })

  it('is where an address without its slash leads, and is not found where there is nothing', async () => {
    const status = async (path: string) => (await registry.curl(registry.at(path, 'tree'))).status
    const led = await registry.curl('-L', `${registry.at('a', 'tree')}?format=json`)
    expect(led.status).toBe(200)
    expect(led.body).toContain('"path":"a/"')
    expect(await registry.curl('-I', registry.at('a', 'tree'))).toMatchObject({
      status: 301,
      headers: { location: registry.at('a/', 'tree') },
    })
    expect((await registry.curl(registry.at('', 'tree').slice(0, -1))).status).toBe(301)
    expect(await status('nothing/')).toBe(404)
    expect(await status('a/y/')).toBe(404)
    expect(await status('?limit=1001')).toBe(400)
    expect(await status('?after=%00')).toBe(400)
    expect(await status('?format=xml')).toBe(400)
  })

  it('leaves out what the caller may not read', async () => {
    expect(names(await list(releaser, ''))).toEqual(['public/', 'releases/'])
    expect(names(await list(releaser, 'releases/'))).toEqual(['2.0/'])
    expect(names(await list(releaser, '', '&recursive=1'))).toEqual(['public/readme', 'releases/2.0/app'])
    expect(names(await list(releaser, '', '&limit=1'))).toEqual(['public/'])
    await expect(list(releaser, 'a/')).rejects.toThrow('404')
    expect((await registry.as(releaser, [registry.at('a', 'tree')])).status).toBe(404)
    expect((await registry.as(releaser, [registry.at('releases', 'tree')])).status).toBe(301)
    await expect(list(stranger, '')).rejects.toThrow('404')
    await expect(list(undefined, '')).rejects.toThrow('401')
  })
})

describe('what somebody may not do', () => {
  const text = (user: string | undefined, ...args: readonly string[]) => registry.as(user, args)
  const put = (user: string | undefined, path: string) => text(user, '-T', '/etc/hostname', registry.at(path, 'tree'))

  it('is refused as the grants say, alike for what is there and what is not', async () => {
    for (const path of ['a/y', 'a/nothing', '../x', 'a%2fb']) {
      const anonymous = await text(undefined, registry.at(path, 'tree'))
      expect(anonymous.status, path).toBe(401)
      expect(anonymous.headers['www-authenticate']).toMatch(/^Basic realm="waybill"/)
    }
    for (const path of ['a/y', 'a/nothing']) {
      expect((await text(stranger, registry.at(path, 'tree'))).status).toBe(404)
      expect((await text(releaser, registry.at(path, 'tree'))).status).toBe(404)
      expect((await put(undefined, path)).status).toBe(401)
      expect((await put(stranger, path)).status).toBe(404)
      expect((await put(releaser, path)).status).toBe(404)
      expect((await text(releaser, '-X', 'DELETE', registry.at(path, 'tree'))).status).toBe(404)
    }
    expect((await put(releaser, 'releases/2.1/app')).status).toBe(201)
    for (const path of ['public/readme', 'public/new']) {
      expect((await put(releaser, path)).status).toBe(403)
      expect((await text(releaser, '-X', 'DELETE', registry.at(path, 'tree'))).status).toBe(403)
    }
    expect((await text(releaser, registry.at('public/readme', 'tree'))).status).toBe(200)
    expect((await text('admin:wrong', registry.at('a/y', 'tree'))).status).toBe(401)
    expect((await text(registry.admin, `${registry.waybill.url}/generic/main/npm/x`)).status).toBe(404)
  })
})
