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

const SCRIPT = 'text/javascript; charset=utf-8'

/** The parts of GraphiQL; megabytes, so they are loaded when somebody opens the page. */
const readParts = async (): Promise<ReadonlyMap<string, readonly [type: string, text: string]>> => {
  const parts = await import('@graphql-yoga/render-graphiql/graphiql')
  return new Map([
    ['graphiql.css', ['text/css; charset=utf-8', parts.css]],
    ['graphiql.js', [SCRIPT, parts.js]],
    ['editor.worker.js', [SCRIPT, parts.editorWorkerService]],
    ['json.worker.js', [SCRIPT, parts.jsonWorker]],
    ['graphql.worker.js', [SCRIPT, parts.graphqlWorker]],
    ['workers.js', [SCRIPT, WORKERS]],
    ['start.js', [SCRIPT, START]],
  ])
}

interface Asset {
  readonly type: string
  readonly etag: string
  readonly plain: Buffer
  readonly zipped: Buffer
}

const compress = promisify(gzip)

const assets = new Map<string, Promise<Asset | undefined>>()

const loadAsset = async (name: string): Promise<Asset | undefined> => {
  const part = (await readParts()).get(name)
  if (part === undefined) return undefined
  const plain = Buffer.from(part[1])
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  return { type: part[0], etag, plain, zipped: await compress(plain) }
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
    if (!PAGE.includes(`/assets/${name}"`) && !/^(editor|json|graphql)\.worker\.js$/.test(name))
      return reply.callNotFound()
    let loading = assets.get(name)
    if (loading === undefined) {
      loading = loadAsset(name)
      assets.set(name, loading)
    }
    const asset = await loading
    if (asset === undefined) return reply.callNotFound()
    void reply
      .header('etag', asset.etag)
      .header('cache-control', 'no-cache')
      .header('vary', 'accept-encoding')
      .header('x-content-type-options', 'nosniff')
    if (request.headers['if-none-match'] === asset.etag) return reply.code(304).send()
    const zips = request.headers['accept-encoding']?.includes('gzip') === true
    if (zips) void reply.header('content-encoding', 'gzip')
    return reply.type(asset.type).send(zips ? asset.zipped : asset.plain)
  })
}
