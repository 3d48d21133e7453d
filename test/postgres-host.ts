import { startEmbeddedPostgres } from '../platform/database/embedded-postgres.ts'

/**
 * A process that starts the embedded Postgres in the folder it is given and says so, for tests that kill it. It prints
 * one JSON line: the connection, or the reason why it did not start. SIGTERM stops it; SIGUSR2 makes it fail.
 */
const [folder = ''] = process.argv.slice(2)
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const log = {
  debug: (): undefined => undefined,
  info: (details: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  warn: (details: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  error: (details: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
}

try {
  const server = await startEmbeddedPostgres({ dataFolder: folder, log })
  process.once('SIGUSR2', () => {
    throw new Error('a defect that nobody caught')
  })
  process.once('SIGTERM', () => void server.stop().then(() => process.exit(0)))
  void server.exited.then((error) => say({ exited: error.message }))
  say({ connection: server.connection })
} catch (error) {
  say({ refused: error instanceof Error ? error.message : String(error) })
  process.exitCode = 1
}
