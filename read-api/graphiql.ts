import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'

/** Everything from here, nothing from elsewhere; the editor writes style elements and has its fonts and images inline. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  'font-src data:',
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Waybill GraphQL</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/graphql/assets/graphiql.css">
</head>
<body class="no-focus-outline">
<noscript>This page needs JavaScript.</noscript>
<div id="root"></div>
<script src="/graphql/assets/workers.js"></script>
<script src="/graphql/assets/graphiql.js"></script>
<script src="/graphql/assets/start.js"></script>
</body>
</html>
`

/** Tells the editor where its workers are; must run before the editor is loaded. */
const WORKERS = `self.MonacoEnvironment = {
  globalAPI: false,
  getWorkerUrl: (_, label) =>
    label === 'json' || label === 'graphql' ? '/graphql/assets/' + label + '.worker.js' : '/graphql/assets/editor.worker.js',
}
`

const WELCOME = `# Waybill: every change is an event, and this is where they are read.
# To sign in, put a token below under Headers: { "Authorization": "Bearer wbt_..." }

{
  viewer { login via grants { role scope } }
  repositories(first: 20) {
    nodes { projectName name format public }
  }
}
`

const START = `YogaGraphiQL.renderYogaGraphiQL(document.getElementById('root'), {
  title: 'Waybill GraphQL',
  defaultQuery: ${JSON.stringify(WELCOME)},
  shouldPersistHeaders: false,
})
`

/** The files that the page is made of; megabytes, so that the package is loaded when somebody opens the page. */
const parts = () => import('@graphql-yoga/render-graphiql/graphiql')

const FILES: Readonly<Record<string, () => Promise<string>>> = {
  'graphiql.css': async () => (await parts()).css,
  'graphiql.js': async () => (await parts()).js,
  'editor.worker.js': async () => (await parts()).editorWorkerService,
  'json.worker.js': async () => (await parts()).jsonWorker,
  'graphql.worker.js': async () => (await parts()).graphqlWorker,
  'workers.js': () => Promise.resolve(WORKERS),
  'start.js': () => Promise.resolve(START),
}

interface Asset {
  readonly etag: string
  readonly plain: Buffer
  readonly zipped: Buffer
}

const compress = promisify(gzip)

const readAsset = async (read: () => Promise<string>): Promise<Asset> => {
  const plain = Buffer.from(await read())
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  return { etag, plain, zipped: await compress(plain) }
}

const kept = new Map<string, Promise<Asset>>()

const assetOf = (name: string): Promise<Asset> | undefined => {
  const read = Object.hasOwn(FILES, name) ? FILES[name] : undefined
  if (read === undefined) return undefined
  const asset = kept.get(name) ?? readAsset(read)
  kept.set(name, asset)
  return asset
}

/** Whether a browser asks for something to look at, and not a client for data. */
export const wantsPage = ({ method, headers }: FastifyRequest): boolean =>
  method === 'GET' && headers.accept?.includes('text/html') === true

export const sendGraphiql = (reply: FastifyReply): FastifyReply =>
  reply
    .header('content-security-policy', POLICY)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-cache')
    .type('text/html; charset=utf-8')
    .send(PAGE)

/** `/graphql/assets/*`: what the page of `/graphql` is made of. */
export const graphiql: FastifyPluginAsync = async (app) => {
  app.get<{ Params: { name: string } }>('/graphql/assets/:name', async (request, reply) => {
    const { name } = request.params
    const asset = await assetOf(name)
    if (asset === undefined) {
      reply.callNotFound()
      return reply
    }
    void reply
      .header('etag', asset.etag)
      .header('cache-control', 'no-cache')
      .header('vary', 'accept-encoding')
      .header('x-content-type-options', 'nosniff')
    if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
    const zips = request.headers['accept-encoding']?.includes('gzip') === true
    if (zips) void reply.header('content-encoding', 'gzip')
    return reply
      .type(name.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8')
      .send(zips ? asset.zipped : asset.plain)
  })
}
