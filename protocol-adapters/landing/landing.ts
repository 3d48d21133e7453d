import { hash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 40rem; margin: 12vh auto 2rem; padding: 0 1rem }
code { overflow-wrap: anywhere }
`

const page = (version: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Waybill</title>
<style>${STYLE}</style>
<h1>Waybill ${version}</h1>
<p>An artifact registry in which every change is an event.</p>
<ul>
  <li><a href="/graphql">/graphql</a>: everything that can be read, with a page to try queries</li>
  <li><a href="/api/openapi.json">/api/openapi.json</a>: the commands</li>
  <li><a href="/readyz">/readyz</a>: whether every part works</li>
  <li><code>npm config set registry {this address}/npm/main/npm/</code>: the npm registry of the project main</li>
  <li><code>curl -u admin -T file {this address}/generic/main/generic/file</code>: files of any kind</li>
</ul>
</html>
`

/** `/`: what runs here, until there is a console. */
export const landing = (version: string): FastifyPluginAsync => {
  const html = page(version)
  const policy = `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; frame-ancestors 'none'`
  return (app) => {
    app.get('/', (_, reply) =>
      reply
        .headers({ 'content-security-policy': policy, 'x-content-type-options': 'nosniff' })
        .type('text/html; charset=utf-8')
        .send(html),
    )
    return Promise.resolve()
  }
}
