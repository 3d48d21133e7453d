import { hash } from 'node:crypto'
import type { VaultSignIn } from '../../../platform/vault/vault.ts'

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 26rem; margin: 12vh auto 2rem; padding: 0 1rem }
h1 { font-size: 1.4rem }
label { display: block; margin: 1rem 0 }
input { display: block; box-sizing: border-box; width: 100%; padding: .5rem; font: inherit }
button { padding: .5rem 1.2rem; font: inherit }
dt { font-weight: 600 }
dd { margin: 0 0 .6rem; overflow-wrap: anywhere }
[role=alert] { border-left: 4px solid #c33; padding-left: .8rem }
`

/** Nothing but our own style and a form to ourselves. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '')

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} · Waybill</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${body}
</html>
`

const hidden = (name: string, value: string): string => `<input type="hidden" name="${name}" value="${escaped(value)}">`

const alert = (sentence: string | undefined): string =>
  sentence === undefined ? '' : `<p role="alert">${escaped(sentence)}</p>\n`

/** What the forms carry: which sign-in, and the proof that the page with the form was ours. */
export interface FormState {
  readonly id: string
  readonly proof: string
}

const formHead = ({ id, proof }: FormState, step: string): string =>
  `<form method="post" action="/sign-in">${hidden('id', id)}${hidden('proof', proof)}${hidden('step', step)}`

export const loginPage = (state: FormState, signIn: VaultSignIn, refusal?: string): string =>
  page(
    'Sign in',
    `${alert(refusal)}<p>${escaped(signIn.clientName)} asks to be signed in to Waybill.</p>
${formHead(state, 'login')}
<label>Account <input name="login" required autofocus autocomplete="username" autocapitalize="none" spellcheck="false"></label>
<label>Password <input name="password" type="password" required autocomplete="current-password"></label>
<button>Sign in</button>
</form>`,
  )

export const confirmPage = (state: FormState, signIn: VaultSignIn, login: string): string =>
  page(
    'Give it a token?',
    `<dl>
<dt>Program</dt><dd>${escaped(signIn.clientName)}</dd>
<dt>From the address</dt><dd>${escaped(signIn.clientAddress)}</dd>
<dt>Asked at</dt><dd>${new Date(signIn.begunAt).toISOString()}</dd>
<dt>Your account</dt><dd>${escaped(login)}</dd>
</dl>
<p>It gets a token with which it can do all that you can. Go on only if you started this yourself just now.</p>
${formHead(state, 'confirm')}
<button>Yes, give it a token</button>
</form>`,
  )

export const donePage = (): string => page('Signed in', '<p>You can close this page and go back to the program.</p>')

export const sentencePage = (title: string, sentence: string): string => page(title, alert(sentence))
