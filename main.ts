import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { startBackground, type Background } from './background.ts'
import { bootstrap } from './commands/bootstrap/bootstrap.ts'
import { denialRecorder } from './commands/access/denials.ts'
import { CATALOGUE } from './commands/catalogue.ts'
import type { CommandDependencies } from './commands/command.ts'
import { FoldCache } from './commands/fold-cache.ts'
import { openFoldSnapshots } from './commands/fold-snapshots.ts'
import { postgresIdempotencyRecord } from './commands/idempotency.ts'
import { commandRunner } from './commands/run-command.ts'
import { openEngines, type Engines } from './engines.ts'
import { openAccessLog } from './platform/access-log/access-log.ts'
import { openDocuments } from './platform/blob-store/documents.ts'
import { systemClock } from './platform/clock.ts'
import type { Config } from './platform/config/config.ts'
import { openDeliveryLog } from './platform/delivery-log/delivery-log.ts'
import { START } from './platform/event-store/event-store.ts'
import { startTail, type Tail } from './platform/event-store/tail.ts'
import type { Log } from './platform/log/log.ts'
import { createMetrics } from './platform/metrics.ts'
import { PlatformError } from './platform/platform-error.ts'
import { keptSecretKey } from './platform/secret-key.ts'
import { announcePresence } from './platform/presence/presence.ts'
import { openPostgresVault } from './platform/vault/postgres-vault.ts'
import { READ_MODELS } from './projections/models.ts'
import { openOwnWrites } from './projections/own-writes.ts'
import { observeLog } from './projections/log-metrics.ts'
import { startProjector, type Projector } from './projections/projector.ts'
import { RemoteProgress, type ReadModelProgress } from './projections/read-models.ts'
import { outdatedModels, rebuildTogether } from './projections/rebuild.ts'
import { checkStoreIdentity } from './projections/store-identity.ts'
import { generic } from './protocol-adapters/generic/generic.ts'
import { createAuthenticator } from './protocol-adapters/http/authentication/authenticator.ts'
import { signInPage } from './protocol-adapters/http/authentication/sign-in-page.ts'
import { callerOf, principalOf } from './protocol-adapters/http/caller.ts'
import type { Gateway } from './protocol-adapters/http/gateway.ts'
import { recordCommand } from './protocol-adapters/http/record-access.ts'
import { readsOwnWrites } from './protocol-adapters/http/reads-own-writes.ts'
import { RepositoryDirectory } from './protocol-adapters/http/repository-directory.ts'
import { createGatewayServer } from './protocol-adapters/http/server.ts'
import { npmHotPath } from './protocol-adapters/npm/hot-path.ts'
import { npm } from './protocol-adapters/npm/npm.ts'
import { Packuments } from './protocol-adapters/npm/packuments.ts'
import { Tarballs } from './protocol-adapters/npm/tarballs.ts'
import { landing } from './protocol-adapters/landing/landing.ts'
import { live } from './protocol-adapters/live/live.ts'
import { operations, type Check } from './protocol-adapters/operations/operations.ts'
import { rest } from './protocol-adapters/rest/rest.ts'
import { graphql } from './read-api/graphql.ts'
import { VERSION } from './version.ts'

/** A Waybill process that serves. */
export interface Waybill {
  /** Where it listens, for people. */
  readonly url: string
  /** The generated password of `admin`, on the first start only. */
  readonly adminPassword: string | undefined
  /** Resolves with the reason when it cannot go on. */
  readonly failed: Promise<Error>
  /** Lets requests under way finish, then stops everything; takes at most 5 s. */
  stop(): Promise<void>
}

/** Requests get this long to finish before their connections are closed. */
const DRAIN_MILLISECONDS = 2000

/** Tells a taken port before anything else is started, in one sentence. */
const checkPort = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE'
          ? `port ${port} on ${host} is taken: stop what listens there, or set WAYBILL_PORT to another port`
          : `cannot listen on ${host} port ${port} (${error.code}): set WAYBILL_HOST and WAYBILL_PORT`
      reject(new PlatformError('unavailable', why, { cause: error }))
    })
    probe.listen(port, host, () => probe.close(() => resolve()))
  })

const buildOutdatedModels = async ({ database, store }: Engines, log: Log): Promise<void> => {
  const models = await outdatedModels(database.long, READ_MODELS)
  if (models.length === 0) return
  const began = performance.now()
  let events = 0
  await rebuildTogether(database.long, store, models, (count) => (events = count))
  const milliseconds = Math.round(performance.now() - began)
  log.info({ models: models.map(({ name }) => name), events, milliseconds }, 'read models built')
}

interface ReadSide {
  readonly tail: Tail
  readonly projector: Projector | undefined
  readonly progress: ReadModelProgress
  stop(): Promise<void>
}

const startReadSide = async (config: Config, engines: Engines, log: Log): Promise<ReadSide> => {
  const { database, store, storeId } = engines
  await checkStoreIdentity(database.long, storeId, store)
  if (config.roles.has('projector')) await buildOutdatedModels(engines, log)
  const tail = await startTail(store, { log })
  const projector = config.roles.has('projector')
    ? await startProjector(database.projector, tail, READ_MODELS, log)
    : undefined
  return {
    tail,
    projector,
    progress: projector?.progress ?? new RemoteProgress(database.interactive, START),
    async stop() {
      await projector?.stop()
      await tail.stop()
    },
  }
}

/** A name that no blob has: whether the store answers is what is asked. */
const NO_BLOB = '0'.repeat(64)

const checksOf = (
  { database, store, blobs }: Engines,
  { projector }: ReadSide,
  background: Background | undefined,
): readonly Check[] => [
  {
    name: 'database',
    problem: async () => {
      await database.interactive`select 1`
      return undefined
    },
  },
  {
    name: 'event store',
    problem: async () => {
      await store.head()
      return undefined
    },
  },
  {
    name: 'blob store',
    problem: async () => {
      await blobs.size(NO_BLOB)
      return undefined
    },
  },
  {
    name: 'read models',
    problem: () => {
      const halted = projector?.halted() ?? []
      const said = halted.map(({ model, reason }) => `${model} is halted: ${reason}`)
      return Promise.resolve(said.length === 0 ? undefined : said.join('; '))
    },
  },
  {
    name: 'process managers',
    problem: () => {
      const said = (background?.halted() ?? []).map(({ manager, reason }) => `${manager} is halted: ${reason}`)
      return Promise.resolve(said.length === 0 ? undefined : said.join('; '))
    },
  },
]

/**
 * Starts everything that the configuration asks for and listens.
 * @throws {PlatformError} `unavailable`, in one sentence for the operator; what was started is stopped again
 */
export const startWaybill = async (config: Config, log: Log): Promise<Waybill> => {
  if (config.port !== 0) await checkPort(config.host, config.port)
  const engines = await openEngines(config, log)
  const stops: (() => Promise<void>)[] = [() => engines.close()]
  const stopAll = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop()
  }
  try {
    const { database, store, blobs } = engines
    const sql = database.interactive
    const secretKey = config.secretKey ?? (await keptSecretKey(config.dataFolder))
    const readSide = await startReadSide(config, engines, log)
    stops.push(() => readSide.stop())
    const { tail, progress } = readSide
    const presence = config.roles.has('gateway') ? await announcePresence(sql, log) : undefined
    stops.push(async () => presence?.stop())
    const vault = openPostgresVault({ sql, clock: systemClock, secretKey })
    const snapshots = await openFoldSnapshots({ sql, storeId: engines.storeId, version: VERSION, log })
    stops.push(() => snapshots.stop())
    const denials = denialRecorder({ store, clock: systemClock, log })
    stops.push(() => denials.stop())
    const accessLog = openAccessLog(sql, log)
    stops.push(() => accessLog.stop())
    const deliveries = openDeliveryLog({ sql, clock: systemClock, log })
    stops.push(() => deliveries.stop())

    const others = () => presence?.others === true
    const readsAlone = () => presence !== undefined && !others() && readSide.projector !== undefined
    const ownWrites = openOwnWrites({ tail, progress, readsAlone, others })
    const dependencies: CommandDependencies = {
      store,
      blobs,
      vault,
      clock: systemClock,
      folds: new FoldCache(store, { tail, snapshots }),
      settled: ownWrites.settled,
      denied: denials.denied,
      deliveries,
    }
    const run = commandRunner(dependencies, postgresIdempotencyRecord(sql), secretKey)
    const { password } = await bootstrap(run, dependencies, config)

    const documents = openDocuments(sql, blobs, log)
    stops.push(() => documents.stop())
    const metrics = createMetrics()
    observeLog(metrics.registry, readSide)
    const background = config.roles.has('worker')
      ? await startBackground({ config, engines, tail, progress, dependencies, deliveries, metrics, log })
      : undefined
    stops.push(async () => background?.stop())
    const gateway: Gateway = {
      log,
      clock: systemClock,
      metrics,
      sql,
      blobs,
      documents,
      vault,
      tail,
      progress,
      caughtUp: ownWrites.caughtUp,
      run,
      authenticator: createAuthenticator({
        vault,
        sql,
        tail,
        progress,
        clock: systemClock,
        log,
        trustedProxies: config.trustedProxies,
      }),
      repositories: new RepositoryDirectory(sql, tail, progress),
      accessLog,
      denied: denials.denied,
      publicUrl: config.publicUrl,
    }
    const packuments = new Packuments(gateway)
    const tarballs = new Tarballs(gateway)
    const app = createGatewayServer({
      log,
      metrics,
      trustedProxies: config.trustedProxies,
      tls: config.tls && { cert: readFileSync(config.tls.cert), key: readFileSync(config.tls.key) },
      hotPaths: config.roles.has('gateway') ? [npmHotPath(gateway, packuments, tarballs)] : [],
    })
    await app.register(operations(gateway, checksOf(engines, readSide, background)))
    if (config.roles.has('gateway')) {
      app.addHook('onRequest', readsOwnWrites(gateway))
      await app.register(rest(gateway, CATALOGUE, VERSION))
      await app.register(live(gateway))
      await app.register(
        graphql({
          ...gateway,
          principalOf: (request) => principalOf(gateway, request),
          callerOf,
          recordCommand: (request, principal, name) => recordCommand(gateway, request, principal, name),
        }),
      )
      await app.register(signInPage(gateway))
      await app.register(landing(VERSION))
      await app.register(npm(gateway, packuments, tarballs))
      await app.register(generic(gateway))
    }
    await app.listen({ host: config.host, port: config.port })
    stops.push(async () => {
      const cut = setTimeout(() => app.server.closeAllConnections(), DRAIN_MILLISECONDS)
      await app.close()
      clearTimeout(cut)
    })
    const address = app.server.address()
    const port = typeof address === 'object' && address !== null ? address.port : config.port
    const named = config.host === '127.0.0.1' || config.host === '0.0.0.0' ? 'localhost' : config.host
    return {
      url: config.publicUrl ?? `${config.tls === undefined ? 'http' : 'https'}://${named}:${port}`,
      adminPassword: password,
      failed: engines.failed,
      stop: stopAll,
    }
  } catch (error) {
    await stopAll()
    throw error
  }
}
