import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { shownRefusal } from '../../../commands/shown-refusal.ts'
import { DomainError, ERRORS } from '../../../domain/errors.ts'
import { fromHttpLayer, logUnforeseen } from '../problem.ts'
import { originOf } from '../public-url.ts'
import { formProof, isFormProof, newSession, sessionCookie, sessionIn } from './browser-session.ts'
import * as html from './sign-in-html.ts'
import { sessionHash, signIns, type SignInSources } from './sign-in.ts'
import type { VaultSignIn } from '../../../platform/vault/vault.ts'

export interface SignInPageSources extends SignInSources {
  readonly publicUrl: string | undefined
}

/** The address that a person opens to confirm a sign-in. `origin`: as `originOf` gives it. */
export const signInAddress = (origin: string, id: string): string => `${origin}/sign-in?id=${id}`

const MOST_FORM_BYTES = 8_192

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': html.CONTENT_SECURITY_POLICY,
  'cache-control': 'no-store',
  // With `no-referrer` browsers send `Origin: null` with forms.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

const gone = (): DomainError =>
  new DomainError('not-found', 'This sign-in has expired or was never begun. Start it again from the program.')

const isOurs = (publicUrl: string | undefined, request: FastifyRequest): boolean => {
  const { origin } = request.headers
  if (origin === undefined) return false
  // The host alone where no public URL is set: a proxy that ends TLS in front of us need not have said so.
  return origin === publicUrl || URL.parse(origin)?.host === request.host
}

/** A form that our page did not send, or not to this browser. */
const requireOwnForm = (publicUrl: string | undefined, request: FastifyRequest, form: URLSearchParams): string => {
  const session = sessionIn(request.headers.cookie)
  const [id, proof] = [form.get('id') ?? '', form.get('proof') ?? '']
  if (!isOurs(publicUrl, request) || session === undefined || !isFormProof(proof, session, id))
    throw new DomainError(
      'forbidden',
      'This form did not come from the page of this sign-in. Open the address from the program again, with cookies allowed.',
    )
  return session
}

/** `GET /sign-in?id=` and the forms on it: a person signs in for a program and says yes to its getting a token. */
export const signInPage = (sources: SignInPageSources): FastifyPluginAsync => {
  const { vault, authenticator, publicUrl } = sources
  const flows = signIns(sources)

  const show = async (reply: FastifyReply, request: FastifyRequest, signIn: VaultSignIn, refusal?: string) => {
    const session = sessionIn(request.headers.cookie) ?? newSession()
    const secure = originOf(publicUrl, request).startsWith('https:')
    void reply.headers(HEADERS).header('set-cookie', sessionCookie(session, secure))
    const state = { id: signIn.id, proof: formProof(session, signIn.id) }
    if (signIn.state === 'confirmed' || signIn.state === 'taken') return reply.send(html.donePage())
    const mine = signIn.state === 'identified' && signIn.sessionHash === sessionHash(session)
    const account = mine ? await vault.accounts.byId(signIn.accountId ?? '') : undefined
    if (account === undefined || refusal !== undefined) return reply.send(html.loginPage(state, signIn, refusal))
    return reply.send(html.confirmPage(state, signIn, account.login))
  }

  const find = async (id: string): Promise<VaultSignIn> => {
    const signIn = await flows.show(id)
    if (signIn === undefined) throw gone()
    return signIn
  }

  const logIn = async (request: FastifyRequest, reply: FastifyReply, form: URLSearchParams, session: string) => {
    const signIn = await find(form.get('id') ?? '')
    try {
      const principal = await authenticator.byPassword(form.get('login') ?? '', form.get('password') ?? '', request)
      if (!(await flows.identify(signIn.id, principal, session))) throw gone()
    } catch (error) {
      const { code, retryAfter } = shownRefusal(error)
      if (code === 'unauthenticated')
        return show(reply.code(403), request, signIn, 'The account or the password is not right.')
      if (code !== 'too-many-attempts') throw error
      void reply.code(429).header('retry-after', String(retryAfter ?? 1))
      return show(reply, request, signIn, `Too many failed attempts. Try again in ${retryAfter ?? 1} s.`)
    }
    return reply.redirect(`/sign-in?id=${signIn.id}`, 303)
  }

  const register = (app: FastifyInstance): void => {
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: MOST_FORM_BYTES },
      (_, body, done) => done(null, new URLSearchParams(body as string)),
    )

    app.setErrorHandler((error, request, reply) => {
      logUnforeseen(request, error)
      const { code, message } = shownRefusal(fromHttpLayer(error))
      const [status, title] = ERRORS[code]
      return reply.code(status).headers(HEADERS).send(html.sentencePage(title, message))
    })

    app.get<{ Querystring: { id?: unknown } }>('/sign-in', async (request, reply) => {
      const { id } = request.query
      return show(reply, request, await find(typeof id === 'string' ? id : ''))
    })

    app.post('/sign-in', async (request, reply) => {
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
      const session = requireOwnForm(publicUrl, request, form)
      if (form.get('step') === 'login') return logIn(request, reply, form, session)
      const { id } = await find(form.get('id') ?? '')
      if (!(await flows.confirm(id, session)))
        throw new DomainError(
          'forbidden',
          'Somebody else signed in for it meanwhile. Open the address from the program again.',
        )
      return reply.redirect(`/sign-in?id=${id}`, 303)
    })
  }

  return (app) => {
    register(app)
    return Promise.resolve()
  }
}
