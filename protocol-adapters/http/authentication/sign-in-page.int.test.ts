import { createHash } from 'node:crypto'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAccount } from '../../../commands/access/create-account.ts'
import { disableAccount } from '../../../commands/access/lock-account.ts'
import { openPostgresVault } from '../../../platform/vault/postgres-vault.ts'
import { accessModels } from '../../../projections/access-models.ts'
import { openCore, silent, type TestCore } from '../../../test/core.ts'
import { createAuthenticator, type Authenticator } from './authenticator.ts'
import { signInAddress, signInPage } from './sign-in-page.ts'
import { signIns, type SignIns } from './sign-in.ts'

const clock = { time: Date.parse('2026-11-24T12:00:00Z'), now: () => clock.time }
const PASSWORD = 'correct horse'
const HOST = 'registry.example'
const ORIGIN = `http://${HOST}`

let core: TestCore
let authenticator: Authenticator
let flows: SignIns
let app: FastifyInstance
beforeAll(async () => {
  core = await openCore(accessModels)
  const sql = core.database.database.interactive
  const vault = openPostgresVault({ sql, clock })
  const { tail, projector, run } = core
  authenticator = createAuthenticator({
    vault,
    sql,
    tail,
    progress: projector.progress,
    clock,
    log: silent,
    trustedProxies: [],
  })
  const sources = { vault, run, clock, authenticator, publicUrl: undefined }
  flows = signIns(sources)
  app = Fastify()
  await app.register(signInPage(sources))
  for (const account of ['ada', 'mallory'])
    await core.run(createAccount, { account, kind: 'human', password: PASSWORD }, core.system)
})
afterAll(async () => {
  await app.close()
  await core.close()
})

/** A browser that keeps its cookie and fills in forms. */
class Browser {
  cookie: string | undefined
  origin: string | undefined = ORIGIN
  page: LightMyRequestResponse | undefined

  #keep(page: LightMyRequestResponse): LightMyRequestResponse {
    const set = page.headers['set-cookie']
    if (typeof set === 'string') this.cookie = set.split(';')[0]
    this.page = page
    return page
  }

  #headers(more: Record<string, string> = {}): Record<string, string> {
    return { host: HOST, ...(this.cookie === undefined ? {} : { cookie: this.cookie }), ...more }
  }

  async open(url: string): Promise<LightMyRequestResponse> {
    return this.#keep(await app.inject({ url, headers: this.#headers() }))
  }

  field(name: string): string {
    return new RegExp(`name="${name}" value="([^"]*)"`).exec(this.page?.body ?? '')?.[1] ?? ''
  }

  /** Sends the form of the page as it stands, with what the person typed, and follows the redirect. */
  async send(
    typed: Record<string, string> = {},
    changed: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> {
    const fields = { id: this.field('id'), proof: this.field('proof'), step: this.field('step'), ...typed, ...changed }
    const answer = await app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: this.#headers({
        'content-type': 'application/x-www-form-urlencoded',
        ...(this.origin === undefined ? {} : { origin: this.origin }),
      }),
      payload: new URLSearchParams(fields).toString(),
    })
    const { location } = answer.headers
    return typeof location === 'string' ? this.open(location) : this.#keep(answer)
  }
}

const addresses = (function* () {
  for (let host = 1; ; host++) yield `192.0.2.${host}`
})()

const begin = async (client = 'npm on laptop') => {
  const begun = await flows.begin(client, addresses.next().value)
  const browser = new Browser()
  await browser.open(`/sign-in?id=${begun.id}`)
  return { ...begun, browser }
}

describe('the sign-in of a program', () => {
  it('ends with a token of whoever signed in and said yes, given once', async () => {
    const { secret, browser } = await begin()
    expect(await flows.take(secret, 'test')).toEqual({ state: 'pending' })
    const confirm = await browser.send({ login: 'ada', password: PASSWORD })
    expect(confirm.statusCode).toBe(200)
    expect(confirm.body).toContain('npm on laptop')
    expect(confirm.body).toContain('192.0.2.')
    expect(confirm.body).toContain('2026-11-24T12:00:00.000Z')
    expect(confirm.body).toContain('<dd>ada</dd>')
    expect(await flows.take(secret, 'test')).toEqual({ state: 'pending' })
    expect((await browser.send()).body).toContain('You can close this page')

    const answers = await Promise.all([flows.take(secret, 'test'), flows.take(secret, 'test')])
    expect(answers.map(({ state }) => state).sort()).toEqual(['expired', 'signed-in'])
    const token = answers.flatMap((answer) => (answer.state === 'signed-in' ? answer.token : []))[0]!
    const principal = await authenticator.byToken(token, { headers: {}, socket: {} })
    const [named] = [...(await core.dependencies.vault.tokens.byIds([principal.via.slice('token:'.length)])).values()]
    expect(named).toMatchObject({ accountId: principal.accountId, name: 'npm on laptop, 2026-11-24' })
    expect(await core.dependencies.vault.accounts.byId(principal.accountId)).toMatchObject({ login: 'ada' })
    expect(await flows.take(secret, 'test')).toEqual({ state: 'expired' })
  })

  it('says what was wrong and lets the person try again', async () => {
    const { browser } = await begin()
    const again = await browser.send({ login: 'ada', password: 'wrong horse' })
    expect(again.statusCode).toBe(403)
    expect(again.body).toContain('The account or the password is not right.')
    expect((await browser.send({ login: 'ada', password: PASSWORD })).body).toContain('<dd>ada</dd>')
  })

  it('says how long to wait after too many failures', async () => {
    const { browser } = await begin()
    for (let tried = 0; tried < 5; tried++) await browser.send({ login: 'nobody-here', password: 'wrong horse' })
    const waiting = await browser.send({ login: 'nobody-here', password: 'wrong horse' })
    expect(waiting.statusCode).toBe(429)
    expect(waiting.headers['retry-after']).toBe('1')
    expect(waiting.body).toContain('Try again in 1 s.')
  })

  it('expires after ten minutes, on the page and for the program', async () => {
    const { id, secret, browser } = await begin()
    clock.time += 600_000
    const page = await browser.open(`/sign-in?id=${id}`)
    expect(page.statusCode).toBe(404)
    expect(page.body).toContain('This sign-in has expired or was never begun.')
    expect((await browser.send({}, { id, step: 'login' })).statusCode).toBe(403)
    expect(await flows.take(secret, 'test')).toEqual({ state: 'expired' })
  })

  it('gives nothing when the account was locked meanwhile', async () => {
    const { secret, browser } = await begin()
    await core.run(createAccount, { account: 'leaver', kind: 'human', password: PASSWORD }, core.system)
    await browser.send({ login: 'leaver', password: PASSWORD })
    await browser.send()
    await core.run(disableAccount, { account: 'leaver' }, core.system)
    await expect(flows.take(secret, 'test')).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is begun by one address only so often', async () => {
    for (let asked = 0; asked < 20; asked++) await flows.begin('npm', '198.51.100.1')
    await expect(flows.begin('npm', '198.51.100.1')).rejects.toMatchObject({ code: 'too-many-attempts' })
  })

  it.each(['', 'x', "' or 1=1", '../../x', '00000000-0000-0000-0000-000000000000'])(
    'is not found by the id %j',
    async (id) => {
      const page = await new Browser().open(`/sign-in?id=${encodeURIComponent(id)}`)
      expect(page.statusCode).toBe(404)
      expect(page.headers['content-type']).toContain('text/html')
    },
  )
})

describe('a form', () => {
  const login = { login: 'ada', password: PASSWORD }

  it.each([undefined, 'null', 'http://evil.example', `${ORIGIN}.evil.example`])(
    'from the origin %s is refused',
    async (origin) => {
      const { browser } = await begin()
      browser.origin = origin
      const answer = await browser.send(login)
      expect(answer.statusCode).toBe(403)
      expect(answer.body).toContain('did not come from the page of this sign-in')
    },
  )

  it('over HTTPS that ends in front of us is ours', async () => {
    const { browser } = await begin()
    browser.origin = `https://${HOST}`
    expect((await browser.send(login)).body).toContain('<dd>ada</dd>')
  })

  it('without the browser’s cookie, or with another one, is refused', async () => {
    for (const cookie of [undefined, 'waybill_sign_in=forged', `waybill_sign_in=wbb_${'A'.repeat(43)}`]) {
      const { browser } = await begin()
      browser.cookie = cookie
      expect((await browser.send(login)).statusCode).toBe(403)
    }
  })

  it('with the proof of another sign-in, or none, is refused', async () => {
    const { browser } = await begin()
    const other = await begin()
    expect((await browser.send(login, { id: other.id })).statusCode).toBe(403)
    await browser.open(`/sign-in?id=${other.id}`)
    expect((await browser.send(login, { proof: '' })).statusCode).toBe(403)
  })

  it('that says yes counts only in the browser of the last who signed in', async () => {
    const { id, secret, browser } = await begin()
    await browser.send(login)
    const thief = new Browser()
    expect((await thief.open(`/sign-in?id=${id}`)).body).toContain('name="password"')
    expect((await thief.send({}, { step: 'confirm' })).statusCode).toBe(403)
    await thief.open(`/sign-in?id=${id}`)
    await thief.send({ login: 'mallory', password: PASSWORD })
    const late = await browser.send()
    expect(late.statusCode).toBe(403)
    expect(late.body).toContain('Somebody else signed in for it meanwhile.')
    expect(await flows.take(secret, 'test')).toEqual({ state: 'pending' })
  })

  it('larger than a form can be, or of another kind, is refused with a page', async () => {
    const headers = { host: HOST, origin: ORIGIN, 'content-type': 'application/x-www-form-urlencoded' }
    const large = await app.inject({ method: 'POST', url: '/sign-in', headers, payload: `login=${'x'.repeat(10_000)}` })
    expect(large.statusCode).toBe(413)
    expect(large.headers['content-type']).toContain('text/html')
    const json = await app.inject({
      method: 'POST',
      url: '/sign-in',
      headers: { ...headers, 'content-type': 'text/xml' },
      payload: '<a/>',
    })
    expect(json.statusCode).toBe(415)
  })
})

describe('the page', () => {
  it('runs nothing, loads nothing, is framed by nobody and kept by nobody', async () => {
    const { browser } = await begin()
    const { headers, body } = browser.page!
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[\w+/]+='; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    )
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
    })
    expect(body).not.toMatch(/<script|javascript:|\son\w+=|src=/i)
  })

  it('has the style that its policy allows', async () => {
    const { browser } = await begin()
    const style = /<style>([^]*)<\/style>/.exec(browser.page!.body)![1]!
    const digest = createHash('sha256').update(style).digest('base64')
    expect(browser.page!.headers['content-security-policy']).toContain(`'sha256-${digest}'`)
  })

  it('gives a cookie that no script reads and no other site causes to be sent, over HTTPS only where there is HTTPS', async () => {
    const { browser, id } = await begin()
    expect(browser.page!.headers['set-cookie']).toMatch(
      /^waybill_sign_in=wbb_[\w-]{43}; Path=\/sign-in; Max-Age=600; HttpOnly; SameSite=Strict$/,
    )
    const secure = Fastify()
    const sql = core.database.database.interactive
    const vault = openPostgresVault({ sql, clock })
    await secure.register(
      signInPage({ vault, run: core.run, clock, authenticator, publicUrl: 'https://registry.example' }),
    )
    const page = await secure.inject({ url: `/sign-in?id=${id}`, headers: { host: HOST } })
    expect(page.headers['set-cookie']).toMatch(/; Secure$/)
    await secure.close()
  })

  it('shows a program’s name as text, without what could deceive', async () => {
    const { browser } = await begin('<b onclick="x">npm</b>\u202e\u0000\n on\u2028 "host"' + 'x'.repeat(500))
    expect(browser.page!.body).toContain('&lt;b onclick=&quot;x&quot;&gt;npm&lt;/b&gt;')
    expect(browser.page!.body).not.toMatch(/[\u202e\u0000\u2028]|x{100}/)
    const { browser: unnamed } = await begin('\u0007 ')
    expect(unnamed.page!.body).toContain('a program asks')
  })

  it('has an address', () => {
    expect(signInAddress(ORIGIN, 'x')).toBe('http://registry.example/sign-in?id=x')
  })
})
