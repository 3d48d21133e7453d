import { fdatasyncSync, openSync, writeSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'

/**
 * A receiver of webhooks that may be killed at any moment: what it answers 204 to is on the disk. Takes its port and the file, to
 * which it appends a line for each delivery: when (milliseconds since the epoch), path, event's id.
 */
const [port = '', file = ''] = process.argv.slice(2)
const kept = openSync(file, 'a')
// the one before may have been killed in the middle of a line
writeSync(kept, '\n')
let waiting: { readonly line: string; readonly response: ServerResponse }[] = []

/** One sync for all that came together: they would be slower than the deliveries. */
const keep = (): void => {
  const batch = waiting
  waiting = []
  writeSync(kept, batch.map(({ line }) => `${line}\n`).join(''))
  fdatasyncSync(kept)
  for (const { response } of batch) response.writeHead(204).end()
}

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    const line = `${Date.now()} ${request.url ?? ''} ${String(request.headers['webhook-id'])}`
    if (waiting.push({ line, response }) === 1) setImmediate(keep)
  })
})
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('ready\n'))
